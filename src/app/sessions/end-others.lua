-- Ends all sessions of an account but one, which gets another id. Without one that is kept it ends all.
--
-- KEYS[1]  the account's index, as in add-session.lua
-- ARGV[1]  what stands in front of a public id in a session's key
-- ARGV[2]  the public id of the one that is kept; '' for none
-- ARGV[3]  the public id that it has from now on; '' for none
-- returns  1 when the one that is kept was there, else 0: then all have ended

local kept = false
if ARGV[2] ~= '' and redis.call('EXISTS', ARGV[1] .. ARGV[2]) == 1 then kept = redis.call('ZSCORE', KEYS[1], ARGV[2]) end

for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if not kept or id ~= ARGV[2] then redis.call('DEL', ARGV[1] .. id) end
end
local life = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
if not kept then return 0 end

-- Its life goes with it.
redis.call('RENAME', ARGV[1] .. ARGV[2], ARGV[1] .. ARGV[3])
redis.call('ZADD', KEYS[1], kept, ARGV[3])
redis.call('PEXPIRE', KEYS[1], life)
return 1
