-- Puts messages on one list, in their order, once: a call that is repeated because its answer was lost changes nothing.
-- Where a worker of the sender's process waits for just these, they become a batch of its claims instead.
-- Needs: clock, hold, limited
-- KEYS[1]   list
-- KEYS[2]   mark of this call, by which a repeated one is known: how many messages it put there
-- KEYS[3]   hash of the worker's batches, or '' where none waits
-- KEYS[4]   the new batch
-- KEYS[5]   its lease key
-- KEYS[6]   count of revocations
-- KEYS[7]   set of all starts
-- KEYS[8..] schedule and all lists of the queue, for its length, where that has a bound
-- ARGV[1]   life of the mark, milliseconds
-- ARGV[2]   most messages on the queue, scheduled and limited ones included, or '' for no bound: those that fit are put there
-- ARGV[3]   number of the batch
-- ARGV[4]   lease, milliseconds
-- ARGV[5]   value of the lease key
-- ARGV[6]   the worker's start, as a member of KEYS[7]
-- ARGV[7..] messages
-- returns   how many were put there, from the first on; the length of the queue then (0 without a bound); the server's time;
-- where they were claimed the count of revocations, else ''
local now, count, length, revocations = string.format('%.0f', now_ms()), #ARGV - 6, 0, ''
if ARGV[2] ~= '' then
  length = redis.call('ZCARD', KEYS[8]) + limited_on(KEYS[8])
  for index = 9, #KEYS do length = length + redis.call('LLEN', KEYS[index]) end
end
local known = redis.call('GET', KEYS[2])
if known then return { tonumber(known), length, now, revocations } end
if ARGV[2] ~= '' then
  count = math.max(0, math.min(count, tonumber(ARGV[2]) - length))
  if count == 0 then return { 0, length, now, revocations } end
end

local function put(command, key)
  -- Not more at once than Lua's stack holds.
  for first = 7, count + 6, 1000 do
    redis.call(command, key, unpack(ARGV, first, math.min(first + 999, count + 6)))
  end
end

-- Whoever came before is served before.
if KEYS[3] ~= '' and redis.call('EXISTS', KEYS[1]) == 0 then
  put('RPUSH', KEYS[4])
  hold(KEYS[3], ARGV[3], KEYS[1], KEYS[5], ARGV[5], ARGV[4], KEYS[7], ARGV[6])
  revocations = redis.call('GET', KEYS[6]) or '0'
else
  put('LPUSH', KEYS[1])
  length = length + count
end
redis.call('SET', KEYS[2], count, 'PX', ARGV[1])
return { count, length, now, revocations }
