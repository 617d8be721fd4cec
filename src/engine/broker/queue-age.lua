-- How old the oldest message of a queue is, as far as it says when it was sent (properties.timestamp, seconds).
-- Needs: clock
-- KEYS    the lists of the queue
-- returns its age in milliseconds, or 0 where there is none, or none that says so; and the number of messages
-- Only looked for, never decoded: a text that merely looks like it makes one figure wrong, no more.
local now, oldest, length = now_ms(), 0, 0
for _, list in ipairs(KEYS) do
  length = length + redis.call('LLEN', list)
  local raw = redis.call('LINDEX', list, -1)
  local sent = raw and string.match(raw, '"timestamp": ?([%d.]+)')
  if sent then oldest = math.max(oldest, now - tonumber(sent) * 1000) end
end
return { string.format('%.0f', oldest), length }
