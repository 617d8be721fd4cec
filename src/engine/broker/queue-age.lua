-- How old the oldest message of a queue is, as far as it says when it was sent.
-- Needs: clock, oldest
-- KEYS    the lists of the queue
-- returns its age in milliseconds, or 0 where there is none, or none that says so; and the number of messages
local length = 0
for _, list in ipairs(KEYS) do length = length + redis.call('LLEN', list) end
return { string.format('%.0f', oldest_ms(KEYS, now_ms()) or 0), length }
