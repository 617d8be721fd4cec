-- Keeps one more code of a mobile.
--
-- KEYS[1]  the mobile's codes: a hash of <HMAC of a code> -> <when it expires, Unix time in ms>, and `tries` -> <wrong
--          tries so far>. No `tries` means none. The key expires with its last code.
-- ARGV[1]  the HMAC of the new code
-- ARGV[2]  its life, in ms
-- ARGV[3]  how many codes a mobile may have at once; the one that expires first makes room
-- returns  1
--
-- The count of tries is left as it is: asking for another code does not give a guesser new tries on the earlier ones.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('HSET', KEYS[1], ARGV[1], now + ARGV[2])

local codes = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local expiry = tonumber(fields[i + 1])
  if fields[i] ~= 'tries' then
    if expiry <= now then
      redis.call('HDEL', KEYS[1], fields[i])
    else
      codes[#codes + 1] = { field = fields[i], expiry = expiry }
    end
  end
end

table.sort(codes, function(a, b) return a.expiry > b.expiry end)
for i = tonumber(ARGV[3]) + 1, #codes do
  redis.call('HDEL', KEYS[1], codes[i].field)
end

redis.call('PEXPIREAT', KEYS[1], codes[1].expiry)
return 1
