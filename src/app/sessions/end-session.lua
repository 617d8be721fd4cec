-- Ends one session of an account.
--
-- KEYS[1]  the session, as in add-session.lua
-- KEYS[2]  the account's index
-- ARGV[1]  the session's public id
-- returns  1 when it was there, 0 when the account has no such session

local known = redis.call('ZREM', KEYS[2], ARGV[1])
if known == 0 then return 0 end
return redis.call('DEL', KEYS[1])
