-- Renews the lease of one start. Where the lease is there, no memory is needed for it.
-- KEYS[1] lease key
-- KEYS[2] set of all starts
-- ARGV[1] value of the lease key
-- ARGV[2] lease, milliseconds
-- ARGV[3] this start, as a member of KEYS[2]
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 0 then redis.call('SADD', KEYS[2], ARGV[3]) end
return redis.status_reply('OK')
