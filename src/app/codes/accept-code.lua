-- Checks a code, counts a wrong try, and uses up all codes of the mobile when it is right, in one step.
--
-- KEYS[1]  the mobile's codes, as in store-code.lua
-- KEYS[2]  the mobile's budget of wrong tries, over all its codes (budget.lua)
-- ARGV[1]  the HMAC of the code that was given
-- ARGV[2]  how many wrong tries the mobile's codes survive; the last of them removes them
-- ARGV[3]  limits of the wrong tries over all codes, in JSON: [[most, ms], ...]; [] where there is none
-- ARGV[4]  the token of this try
-- returns  { 'spent', ms } the wrong tries are spent for so long, whether this one is right or not; it is not counted
--          { 'expired' }   there is no code that is still alive
--          { 'wrong' }     it is none of them; the try is counted
--          { 'accepted', tries, HMAC, expiry, HMAC, expiry, ... }
--                          it is one of them, and all are removed; what was there, for return-code.lua
--
-- Comparing here leaks nothing through time. What is compared is a keyed HMAC: whoever does not have the key can't
-- choose its first bytes, so a longer match would teach nothing about the code. And Lua keeps each string once, so
-- that == compares two addresses.

local now = time_ms()
local limits = cjson.decode(ARGV[3])
local wait = wait_for_room(KEYS[2], limits, now)
if wait > 0 then return { 'spent', wait } end

local tries = 0
local alive = {}
local right = false
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == 'tries' then
    tries = tonumber(fields[i + 1])
  elseif tonumber(fields[i + 1]) > now then
    alive[#alive + 1] = fields[i]
    alive[#alive + 1] = fields[i + 1]
    if fields[i] == ARGV[1] then right = true end
  end
end

if #alive == 0 then
  redis.call('DEL', KEYS[1])
  return { 'expired' }
end

if right then
  redis.call('DEL', KEYS[1])
  return { 'accepted', tries, unpack(alive) }
end

if #limits > 0 then spend(KEYS[2], limits, now, ARGV[4]) end
if tries + 1 >= tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'tries', tries + 1)
end
return { 'wrong' }
