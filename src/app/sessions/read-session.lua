-- Reads a session, and notes that it was used.
--
-- KEYS[1]  the session, as in add-session.lua
-- ARGV[1]  its public id
-- ARGV[2]  what stands in front of an account's id in the key of its index
-- ARGV[3]  it is noted when this many ms have gone by since the last time, so that most uses write nothing
-- returns  nil             there is none, or it was ended
--          { }             it can't be read
--          { account, in how many ms it ends however it is used, began, seen, remembered, address, browser }

local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return false end
if kind ~= 'hash' then return {} end

local names = { 'user', 'ends', 'began', 'seen', 'remembered', 'address', 'browser' }
local session = redis.call('HMGET', KEYS[1], unpack(names))
for i = 1, #names do
  if not session[i] or (i <= 4 and not tonumber(session[i])) then return {} end
end

-- The index decides: one that is not in it was ended.
if not redis.call('ZSCORE', ARGV[2] .. session[1], ARGV[1]) then
  redis.call('DEL', KEYS[1])
  return false
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = tonumber(session[2]) - now
if left <= 0 then return false end
local unused = now - tonumber(session[4])
if unused < 0 or unused >= tonumber(ARGV[3]) then
  local idle = tonumber(redis.call('HGET', KEYS[1], 'idle') or '') or left
  redis.call('HSET', KEYS[1], 'seen', now)
  redis.call('PEXPIRE', KEYS[1], math.min(left, idle))
  session[4] = string.format('%.0f', now)
end
session[2] = string.format('%.0f', left)
return session
