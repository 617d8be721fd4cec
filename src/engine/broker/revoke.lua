-- Notes that tasks must not run. The notes are bounded by number and age.
-- Needs: clock
-- KEYS[1]   sorted set of revoked ids by time
-- KEYS[2]   the same, of those whose running thread is to be ended
-- KEYS[3]   count of revocations: whoever has seen another figure reads the sets again
-- ARGV[1]   '1': end them if they are running
-- ARGV[2]   most ids to keep
-- ARGV[3]   how long they are kept, milliseconds
-- ARGV[4..] task ids
-- returns   how many were dropped for the bound by number
local now, most = now_ms(), tonumber(ARGV[2])
for index = 4, #ARGV do
  redis.call('ZADD', KEYS[1], now, ARGV[index])
  if ARGV[1] == '1' then redis.call('ZADD', KEYS[2], now, ARGV[index]) end
end
local dropped = 0
for index = 1, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', string.format('%.0f', now - tonumber(ARGV[3])))
  dropped = dropped + redis.call('ZREMRANGEBYRANK', KEYS[index], 0, -most - 1)
  redis.call('PEXPIRE', KEYS[index], ARGV[3])
end
redis.call('INCR', KEYS[3])
return dropped
