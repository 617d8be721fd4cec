-- Takes a flag down, if it is the one that was raised: another may have been raised since.
-- KEYS[1] the flag
-- ARGV[1] its value
-- returns 1 when it was taken down
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
