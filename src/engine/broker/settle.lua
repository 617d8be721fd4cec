-- Ends one claim, all or nothing: ack, result, and where wanted the message set aside, scheduled anew or put back.
-- Needs: clock, set-aside, push
-- KEYS[1] hash of this start's claims
-- KEYS[2] result key, or '' for none
-- KEYS[3] set of set-aside messages, or '' for none
-- KEYS[4] index of those sets
-- KEYS[5] schedule: sorted set by due time, beside it <set>:m; or '' for none
-- KEYS[6] mark that the task was started, or '' for none: it goes with the claim
-- ARGV[1] claim id
-- ARGV[2] result as JSON
-- ARGV[3] life of the result, seconds
-- ARGV[4] entry id under which the message is set aside or scheduled
-- ARGV[5] note of the set-aside message: JSON without its closing brace
-- ARGV[6] most set-aside messages to keep
-- ARGV[7] how long they are kept, milliseconds
-- ARGV[8] Unix milliseconds after which the set-aside message itself must be gone, or ''
-- ARGV[9] CPU profile to keep with it, or ''
-- ARGV[10] when the message is due, Unix milliseconds
-- ARGV[11] the message as it is to run next time, or '' as it is
-- ARGV[12] 'next' or 'last': put the message back on its list, at the end that is served next, or last
-- returns -1 if the claim was no longer there (nothing is written), else how many set-aside messages were dropped for the bounds
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return -1 end
local cut = string.find(stored, '\0', 1, true)
local list = string.sub(stored, 1, cut - 1)
if ARGV[12] ~= '' and not takes_pushes(list) then return redis.error_reply('WRONGTYPE ' .. list .. ' is no list') end
-- The first write frees memory: a server that is out of it refuses a script only at its first write, and refuses no HDEL.
redis.call('HDEL', KEYS[1], ARGV[1])
if KEYS[6] ~= '' then redis.call('DEL', KEYS[6]) end

if KEYS[2] ~= '' then
  -- pcall: an error here would end the script behind the HDEL, and the message with it; SET below replaces any type.
  local known = redis.pcall('GET', KEYS[2])
  local success = false
  if type(known) == 'string' then
    local read, meta = pcall(cjson.decode, known)
    success = read and type(meta) == 'table' and meta.status == 'SUCCESS'
  end
  -- Celery's rule: a success is never overwritten.
  if not success then
    redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
    redis.call('PUBLISH', KEYS[2], ARGV[2])
  end
end

if KEYS[3] == '' and KEYS[5] == '' and ARGV[12] == '' then return 0 end
local raw = string.sub(stored, cut + 1)

if ARGV[12] ~= '' then redis.call(ARGV[12] == 'next' and 'RPUSH' or 'LPUSH', list, raw) end

if KEYS[5] ~= '' then
  redis.call('ZADD', KEYS[5], ARGV[10], ARGV[4])
  redis.call('HSET', KEYS[5] .. ':m', ARGV[4], ARGV[11] == '' and stored or (list .. '\0' .. ARGV[11]))
end

if KEYS[3] == '' then return 0 end
local now, life = now_ms(), tonumber(ARGV[7])
if ARGV[9] ~= '' then redis.call('SET', KEYS[3] .. ':p:' .. ARGV[4], ARGV[9], 'PX', ARGV[7]) end
return set_aside(KEYS[3], KEYS[4], ARGV[4], raw, ARGV[5], now, tonumber(ARGV[6]), life, ARGV[8])
