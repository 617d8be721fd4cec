-- Lists an account's sessions, those that began first in front; what has expired leaves the index.
--
-- KEYS[1]  the account's index, as in add-session.lua
-- ARGV[1]  what stands in front of a public id in a session's key
-- returns  of each session { public id, began, seen, remembered, address, browser }

local sessions = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local fields = redis.call('HMGET', ARGV[1] .. id, 'began', 'seen', 'remembered', 'address', 'browser')
  if fields[1] then
    sessions[#sessions + 1] = { id, unpack(fields) }
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return sessions
