-- Counts the messages that any process has claimed and that have not ended.
local claimed = 0
for _, key in ipairs(redis.call('KEYS', 'lovage:claims:*')) do
  if redis.call('TYPE', key).ok == 'list' then
    for _, message in ipairs(redis.call('LRANGE', key, 0, -1)) do
      if message ~= '\0settled' then claimed = claimed + 1 end
    end
  end
end
