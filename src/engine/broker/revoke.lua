-- Notes that a task must not run. The notes are bounded by number and age.
-- Needs: clock
-- KEYS[1] sorted set of revoked ids by time
-- KEYS[2] the same, of those whose running thread is to be ended
-- KEYS[3] count of revocations: whoever has seen another figure reads the sets again
-- ARGV[1] task id
-- ARGV[2] '1': end it if it is running
-- ARGV[3] most ids to keep
-- ARGV[4] how long they are kept, milliseconds
-- returns how many were dropped for the bound by number
local now, most = now_ms(), tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
if ARGV[2] == '1' then redis.call('ZADD', KEYS[2], now, ARGV[1]) end
local dropped = 0
for index = 1, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', string.format('%.0f', now - tonumber(ARGV[4])))
  dropped = dropped + redis.call('ZREMRANGEBYRANK', KEYS[index], 0, -most - 1)
  redis.call('PEXPIRE', KEYS[index], ARGV[4])
end
redis.call('INCR', KEYS[3])
return dropped
