-- Puts one message on its list, or on the schedule, once: a call that is repeated because its answer was lost changes nothing.
-- Needs: clock, limited
-- KEYS[1]   list
-- KEYS[2]   mark of this message, by which a repeated call is known
-- KEYS[3]   idempotency key, or '' for none
-- KEYS[4]   schedule of the queue: sorted set by due time, beside it <set>:m
-- KEYS[5..] all lists of the queue, for its length
-- ARGV[1]   message
-- ARGV[2]   task id
-- ARGV[3]   life of the mark, milliseconds
-- ARGV[4]   life of the idempotency key, milliseconds
-- ARGV[5]   when the message is due, Unix milliseconds, or '' for at once
-- ARGV[6]   most messages on the queue, scheduled and limited ones included, or '' for no bound
-- ARGV[7]   entry id on the schedule
-- returns   the task's id, or that which the idempotency key stands for; false: the queue is full. Then the queue's length (0 where
-- nobody asks for it), and the server's time
local now = string.format('%.0f', now_ms())
if redis.call('EXISTS', KEYS[2]) == 1 then return { ARGV[2], 0, now } end
if KEYS[3] ~= '' then
  local first = redis.call('GET', KEYS[3])
  if first then return { first, 0, now } end
end
if ARGV[6] ~= '' then
  local length = redis.call('ZCARD', KEYS[4]) + limited_on(KEYS[4])
  for index = 5, #KEYS do length = length + redis.call('LLEN', KEYS[index]) end
  if length >= tonumber(ARGV[6]) then return { false, length, now } end
end
if ARGV[5] ~= '' and tonumber(ARGV[5]) > tonumber(now) then
  redis.call('HSET', KEYS[4] .. ':m', ARGV[7], KEYS[1] .. '\0' .. ARGV[1])
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[7])
else
  redis.call('LPUSH', KEYS[1], ARGV[1])
end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[3])
if KEYS[3] ~= '' then redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[4]) end
return { ARGV[2], 0, now }
