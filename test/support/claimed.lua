-- Counts the messages that any process has claimed and that have not ended.
local claimed = 0
for _, key in ipairs(redis.call('KEYS', '*lovage:claims:*')) do
  if redis.call('TYPE', key).ok == 'list' then
    claimed = claimed + redis.call('LLEN', key) - #redis.call('LPOS', key, '\0settled', 'COUNT', 0)
  end
end
