-- Takes messages from the first list that has any, and keeps them as one batch of claims in the same step.
-- Needs: clock, hold
-- KEYS[1]   hash of this start's batches: number -> key of the list that it was taken from
-- KEYS[2]   the new batch: list of messages, the one to serve first in front
-- KEYS[3]   this start's lease key
-- KEYS[4]   count of revocations
-- KEYS[5]   set of all starts
-- KEYS[6..] lists, the one to serve first in front; as many of each queue as ARGV[7] says
-- ARGV[1]   number of the batch
-- ARGV[2]   most bytes to take; the message that crosses this is still taken
-- ARGV[3]   lease, milliseconds
-- ARGV[4]   value of the lease key
-- ARGV[5]   this start, as a member of KEYS[5]
-- ARGV[6]   '1': the server takes a range of a list without going through all of it (Redis 7)
-- ARGV[7]   lists per queue
-- ARGV[8..] most messages to take, for each queue
-- returns   server's time, count of revocations, index of the list (from 1) or 0 where all are empty. The messages themselves
-- are read by the command that follows: as strings of Lua each would be copied twice, and hashed.

-- Copies messages into the batch, the last of the list in front. They are not Lua's.
local function copy(list, count)
  redis.call('SORT', list, 'BY', 'nosort', 'LIMIT', 0, count, 'DESC', 'STORE', KEYS[2])
end

-- A range moved whole, or nothing where it would be too large. First one message is copied, then up to eight times as many: where
-- they are large, not many are copied for nothing.
local function take_range(list, length, most, bytes)
  local count, size = 1, 0
  while true do
    copy(list, count)
    size = redis.call('MEMORY', 'USAGE', KEYS[2], 'SAMPLES', 0)
    local more = math.min(most, count * 8, math.floor(bytes / size * count))
    if more <= count then break end
    count = more
  end
  if size > bytes and count > 1 then
    redis.call('DEL', KEYS[2])
    return false
  end
  if count == length then redis.call('DEL', list) else redis.call('LTRIM', list, 0, -count - 1) end
  return true
end

local function take_singly(list, most, bytes)
  local size, count = 0, 0
  while count < most and size < bytes do
    local raw = redis.call('RPOP', list)
    if not raw then break end
    redis.call('RPUSH', KEYS[2], raw)
    count, size = count + 1, size + #raw
  end
end

-- Changes nothing; but a server that is out of memory refuses a script only at its first write, and refuses no DEL.
redis.call('DEL', KEYS[2])
local bytes, found = tonumber(ARGV[2]), 0
for index = 6, #KEYS do
  local most = tonumber(ARGV[8 + math.floor((index - 6) / tonumber(ARGV[7]))])
  local length = most > 0 and redis.call('LLEN', KEYS[index]) or 0
  if length > 0 then
    found = index - 5
    most = math.min(most, length)
    if ARGV[6] ~= '1' or not take_range(KEYS[index], length, most, bytes) then
      take_singly(KEYS[index], most, bytes)
    end
    hold(KEYS[1], ARGV[1], KEYS[index], KEYS[3], ARGV[4], ARGV[3], KEYS[5], ARGV[5])
    break
  end
end
return { string.format('%.0f', now_ms()), redis.call('GET', KEYS[4]) or '0', found }
