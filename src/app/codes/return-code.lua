-- Gives back what accept-code.lua removed, because what it was for came to nothing. Codes keep the rest of their life;
-- those that have expired meanwhile stay away.
--
-- KEYS[1]  the mobile's codes, as in store-code.lua
-- ARGV[1]  how many codes a mobile may have at once; those that expire first stay away
-- ARGV[2]  the wrong tries there had been
-- ARGV[3]  the HMAC of a code
-- ARGV[4]  when it expires, Unix time in ms; and so on in pairs
-- returns  how many codes the mobile has now
--
-- When a new code was stored meanwhile, its codes stay and the tries of both are added up, as if none had been taken.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local tries = tonumber(ARGV[2])
local codes = {}
local function add(field, expiry)
  if expiry > now then codes[#codes + 1] = { field = field, expiry = expiry } end
end

for i = 3, #ARGV, 2 do
  add(ARGV[i], tonumber(ARGV[i + 1]))
end
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == 'tries' then
    tries = tries + tonumber(fields[i + 1])
  else
    add(fields[i], tonumber(fields[i + 1]))
  end
end

redis.call('DEL', KEYS[1])
table.sort(codes, function(a, b) return a.expiry > b.expiry end)
local kept = math.min(#codes, tonumber(ARGV[1]))
for i = 1, kept do
  redis.call('HSET', KEYS[1], codes[i].field, codes[i].expiry)
end
if kept > 0 then
  if tries > 0 then redis.call('HSET', KEYS[1], 'tries', tries) end
  redis.call('PEXPIREAT', KEYS[1], codes[1].expiry)
end
return kept
