-- Applies the bounds to one set of messages that are set aside; an empty set leaves the index.
-- Needs: clock, set-aside
-- KEYS[1] set of set-aside messages
-- KEYS[2] index of those sets
-- ARGV[1] most set-aside messages to keep
-- ARGV[2] how long they are kept, milliseconds
-- returns how many were dropped: at most 1000 a call
local dropped = trim_aside(KEYS[1], now_ms(), tonumber(ARGV[1]), tonumber(ARGV[2]))
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], KEYS[1]) end
return dropped
