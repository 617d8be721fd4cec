-- Puts messages on one list, in their order, once: a call that is repeated because its answer was lost changes nothing.
-- Where a worker of the sender's process waits for just these, they become a batch of its claims instead.
-- Every command that Lua gives costs as much as the LPUSH itself: what is not needed is not asked.
-- Needs: clock, hold, limited
-- KEYS[1]   list
-- KEYS[2]   mark of this call, by which a repeated one is known: how many messages it put there
-- where there is a batch:
-- KEYS[3]   hash of the worker's batches
-- KEYS[4]   the new batch
-- KEYS[5]   its lease key
-- KEYS[6]   count of revocations
-- KEYS[7]   set of all starts
-- where all of the queue is to be counted:
-- KEYS[..]  its schedule, then its other lists
-- ARGV[1]   life of the mark, milliseconds
-- ARGV[2]   most messages on the queue, scheduled and limited ones included, or '' for no bound: those that fit are put there
-- ARGV[3]   how many there are beside those on the list, as the caller knows; '': they are counted
-- ARGV[4]   number of the batch; '': there is none
-- ARGV[5]   lease, milliseconds
-- ARGV[6]   value of the lease key
-- ARGV[7]   the worker's start, as a member of KEYS[7]
-- ARGV[8..] messages
-- returns   how many were put there, from the first on; the length of the queue then (0 without a bound); the server's time;
-- where they were claimed the count of revocations, else ''; how many there are beside those on the list
local now, count, length, others, revocations = string.format('%.0f', now_ms()), #ARGV - 7, 0, 0, ''
local claimed = ARGV[4] ~= ''
if ARGV[2] ~= '' then
  if ARGV[3] ~= '' then
    others = tonumber(ARGV[3])
  else
    local first = claimed and 8 or 3
    others = redis.call('ZCARD', KEYS[first]) + limited_on(KEYS[first])
    for index = first + 1, #KEYS do others = others + redis.call('LLEN', KEYS[index]) end
  end
  length = redis.call('LLEN', KEYS[1]) + others
  count = math.max(0, math.min(count, tonumber(ARGV[2]) - length))
end
if count == 0 or not redis.call('SET', KEYS[2], count, 'PX', ARGV[1], 'NX') then
  -- Full; unless it is so with what this very call has put there.
  return { tonumber(redis.call('GET', KEYS[2])) or 0, length, now, revocations, others }
end

local function put(command, key)
  -- Not more at once than Lua's stack holds.
  for first = 8, count + 7, 1000 do
    redis.call(command, key, unpack(ARGV, first, math.min(first + 999, count + 7)))
  end
end

-- Whoever came before is served before.
if claimed and redis.call('EXISTS', KEYS[1]) == 0 then
  put('RPUSH', KEYS[4])
  hold(KEYS[3], ARGV[4], KEYS[1], KEYS[5], ARGV[6], ARGV[5], KEYS[7], ARGV[7])
  revocations = redis.call('GET', KEYS[6]) or '0'
else
  put('LPUSH', KEYS[1])
  length = length + count
end
return { count, length, now, revocations, others }
