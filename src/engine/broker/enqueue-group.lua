-- Puts messages on one list, in their order, once: a call that is repeated because its answer was lost changes nothing.
-- Needs: clock
-- KEYS[1]   list
-- KEYS[2]   mark of this call, by which a repeated one is known: how many messages it put there
-- KEYS[3]   schedule of the queue
-- KEYS[4..] all lists of the queue, for its length
-- ARGV[1]   life of the mark, milliseconds
-- ARGV[2]   most messages on the queue, scheduled ones included, or '' for no bound: those that fit are put there
-- ARGV[3..] messages
-- returns   how many were put there, from the first on; the length of the queue then (0 without a bound); the server's time
local now, count, length = string.format('%.0f', now_ms()), #ARGV - 2, 0
if ARGV[2] ~= '' then
  length = redis.call('ZCARD', KEYS[3])
  for index = 4, #KEYS do length = length + redis.call('LLEN', KEYS[index]) end
end
local known = redis.call('GET', KEYS[2])
if known then return { tonumber(known), length, now } end
if ARGV[2] ~= '' then
  count = math.max(0, math.min(count, tonumber(ARGV[2]) - length))
  if count == 0 then return { 0, length, now } end
end
-- Not more at once than Lua's stack holds.
for first = 3, count + 2, 1000 do
  redis.call('LPUSH', KEYS[1], unpack(ARGV, first, math.min(first + 999, count + 2)))
end
redis.call('SET', KEYS[2], count, 'PX', ARGV[1])
return { count, length + count, now }
