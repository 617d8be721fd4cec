-- Library: how old the oldest message of some lists is, as far as it says when it was sent (properties.timestamp, seconds).
-- Only looked for, never decoded: a text that merely looks like it makes one figure wrong, no more.

-- Milliseconds, 0 or more; nil where there is none, or none that says so. A key that holds something else counts as empty.
local function oldest_ms(lists, now)
  local oldest
  for _, list in ipairs(lists) do
    local raw = redis.pcall('LINDEX', list, -1)
    local sent = type(raw) == 'string' and tonumber(string.match(raw, '"timestamp": ?([%d.]+)'))
    if sent then oldest = math.max(oldest or 0, now - sent * 1000) end
  end
  return oldest
end
