-- Begins a session of an account, in one step with its place in the account's index.
--
-- KEYS[1]  the session: a hash, see session-records.ts. It expires when it was not used for too long, at the latest when it ends
-- KEYS[2]  the account's index: a sorted set of the public ids of its sessions, by the time at which they began (microseconds). A session is
--          valid as long as both are there. It expires with the last of them
-- ARGV[1]  the session's public id
-- ARGV[2]  what stands in front of a public id in a session's key
-- ARGV[3]  in how many ms it ends, however it is used
-- ARGV[4]  in how many ms it ends unused
-- ARGV[5]  how many sessions an account may have; the oldest make room
-- ARGV[6]  the account's id
-- ARGV[7]  1 for one that outlives the browser
-- ARGV[8]  address
-- ARGV[9]  browser
-- returns  how many others made room

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life = tonumber(ARGV[3])

-- Those that have expired by themselves must not push out one that is alive.
local alive = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if redis.call('EXISTS', ARGV[2] .. id) == 1 then
    alive[#alive + 1] = id
  else
    redis.call('ZREM', KEYS[2], id)
  end
end

local surplus = math.max(0, #alive + 1 - tonumber(ARGV[5]))
for i = 1, surplus do
  redis.call('DEL', ARGV[2] .. alive[i])
  redis.call('ZREM', KEYS[2], alive[i])
end

redis.call('HSET', KEYS[1], 'user', ARGV[6], 'began', now, 'seen', now, 'ends', now + life, 'idle', ARGV[4],
  'remembered', ARGV[7], 'address', ARGV[8], 'browser', ARGV[9])
redis.call('PEXPIRE', KEYS[1], math.min(life, tonumber(ARGV[4])))
local indexLife = redis.call('PTTL', KEYS[2])
redis.call('ZADD', KEYS[2], time[1] * 1000000 + time[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], math.max(life, indexLife))
return surplus
