-- Puts claims back on the lists they came from, at the end that is served next, the oldest claim foremost.
-- Needs: batches, push
-- KEYS[1] hash of the batches
-- KEYS[2] lease key of their owner, or '' to put back in any case
-- KEYS[3] set of all starts
-- ARGV[1] most claims to put back in this call
-- ARGV[2] their owner as a member of that set, to be removed with its last claim, or ''
-- ARGV[3..] numbers of the batches to put back; none: all
-- returns how many were put back, or -1 if the owner is alive
-- The lists' names come out of the claims: this needs all keys on one server, as Celery's transport does.
if KEYS[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
local numbers = {}
for index = 3, #ARGV do numbers[index - 2] = ARGV[index] end
if #numbers == 0 then numbers = redis.call('HKEYS', KEYS[1]) end
table.sort(numbers, function(a, b) return tonumber(a) > tonumber(b) end)
local count, most = 0, tonumber(ARGV[1])
for _, number in ipairs(numbers) do
  if count >= most then break end
  local batch, list = KEYS[1] .. ':' .. number, redis.call('HGET', KEYS[1], number)
  if list and takes_pushes(list) then
    -- The write that frees memory comes first: a server that is out of it then lets the rest pass.
    local raw = redis.call('RPOP', batch)
    while raw do
      if raw ~= settled then
        redis.call('RPUSH', list, raw)
        count = count + 1
      end
      raw = count < most and redis.call('RPOP', batch)
    end
    if redis.call('EXISTS', batch) == 0 then redis.call('HDEL', KEYS[1], number) end
  end
end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[2]) end
return count
