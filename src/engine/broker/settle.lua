-- Ends one claim: ack, result, and where wanted the message set aside, all or nothing.
-- KEYS[1] hash of this start's claims
-- KEYS[2] result key, or '' for none
-- KEYS[3] sorted set of set-aside messages, or '' for none
-- KEYS[4] hash of their notes; a raw message is the string KEYS[3]:m:<entry id>
-- ARGV[1] claim id
-- ARGV[2] result as JSON
-- ARGV[3] life of the result, seconds
-- ARGV[4] entry id under which the message is set aside
-- ARGV[5] note: JSON without its closing brace; the time is added here
-- ARGV[6] most set-aside messages to keep
-- ARGV[7] how long they are kept, milliseconds
-- ARGV[8] Unix milliseconds after which the raw message must be gone, or '' for no such time: what may not run any more
--         may not lie around either, its arguments may be secret
-- returns -1 if the claim was no longer there (nothing is written), else how many set-aside messages were dropped for the bounds
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return -1 end

if KEYS[2] ~= '' then
  local known = redis.call('GET', KEYS[2])
  local success = false
  if known then
    local read, meta = pcall(cjson.decode, known)
    success = read and type(meta) == 'table' and meta.status == 'SUCCESS'
  end
  -- Celery's rule: a success is never overwritten.
  if not success then
    redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
    redis.call('PUBLISH', KEYS[2], ARGV[2])
  end
end

local dropped = 0
if KEYS[3] ~= '' then
  local clock = redis.call('TIME')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  local raw = string.sub(stored, string.find(stored, '\0', 1, true) + 1)
  redis.call('ZADD', KEYS[3], now, ARGV[4])
  local life = tonumber(ARGV[7])
  if ARGV[8] ~= '' then life = math.min(life, tonumber(ARGV[8]) - now) end
  if life >= 1 then redis.call('SET', KEYS[3] .. ':m:' .. ARGV[4], raw, 'PX', string.format('%.0f', life)) end
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[5] .. ',"time":' .. string.format('%.0f', now) .. '}')
  local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[7]), 'LIMIT', 0, 1000)
  local over = redis.call('ZCARD', KEYS[3]) - #gone - tonumber(ARGV[6])
  if over > 0 then
    for _, entry in ipairs(redis.call('ZRANGE', KEYS[3], #gone, #gone + over - 1)) do gone[#gone + 1] = entry end
  end
  for _, entry in ipairs(gone) do
    redis.call('ZREM', KEYS[3], entry)
    redis.call('DEL', KEYS[3] .. ':m:' .. entry)
    redis.call('HDEL', KEYS[4], entry)
  end
  dropped = #gone
end

redis.call('HDEL', KEYS[1], ARGV[1])
return dropped
