-- Gives back what one SMS has cost, because it was not sent. May be done twice, and where nothing was spent.
--
-- KEYS[1]  the mobile's flag; one that was raised since stays
-- KEYS[2]  the mobile's codes that were not used, as in spend-sms.lua
-- KEYS[3...]  the budgets, and the last codes of prefix and address block
-- ARGV[1]  the token of the SMS
-- ARGV[2]  the address block
-- returns  1

if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('LREM', KEYS[2], 0, ARGV[1] .. ' ' .. ARGV[2])
for i = 3, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
return 1
