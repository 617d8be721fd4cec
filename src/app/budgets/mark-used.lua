-- Notes that a code was used, where it is among the last ones.
--
-- KEYS     the last codes of a prefix and of an address block, as in spend-sms.lua
-- ARGV[1]  the token of the code's SMS
-- returns  1

for _, key in ipairs(KEYS) do
  local at = redis.call('ZSCORE', key, ARGV[1])
  if at then
    -- In this order: a set that loses its only member is gone, and with it the time at which it expires.
    redis.call('ZADD', key, at, 'used ' .. ARGV[1])
    redis.call('ZREM', key, ARGV[1])
  end
end
return 1
