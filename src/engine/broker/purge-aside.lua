-- Forgets messages that were set aside.
-- Needs: set-aside
-- KEYS[1] set of set-aside messages
-- ARGV    entry ids
-- returns how many of them were there
local count = 0
for _, entry in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[1], entry) then
    forget_aside(KEYS[1], entry)
    count = count + 1
  end
end
return count
