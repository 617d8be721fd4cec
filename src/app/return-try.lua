-- Takes back a try that was reserved and was not wrong.
--
-- KEYS     the counts, as in reserve-try.lua
-- ARGV     for each key: `all` forgets every wrong try there was, `one` this one alone
-- returns  1

for i, key in ipairs(KEYS) do
  local wrong = (tonumber(redis.call('HGET', key, 'wrong') or '') or 0) - 1
  if ARGV[i] == 'all' or wrong <= 0 then
    redis.call('DEL', key)
  else
    redis.call('HSET', key, 'wrong', wrong)
  end
end
return 1
