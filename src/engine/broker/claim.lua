-- Takes messages from the lists, in their order, and stores each as a claim in the same step.
-- KEYS[1]   hash of this start's claims
-- KEYS[2]   this start's lease key
-- KEYS[3..] lists, the one to serve first in front
-- ARGV[1]   most messages to take
-- ARGV[2]   most bytes to take; the message that crosses this is still taken
-- ARGV[3]   id of the last claim of this start; the first one here gets the next
-- ARGV[4]   lease, milliseconds
-- ARGV[5]   value of the lease key
-- returns   flat list: claim id, index of the list (from 1), raw message, and so on
local most, bytes, id = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local taken, size = {}, 0
for index = 3, #KEYS do
  while #taken < most * 3 and size < bytes do
    local raw = redis.call('RPOP', KEYS[index])
    if not raw then break end
    id = id + 1
    redis.call('HSET', KEYS[1], id, KEYS[index] .. '\0' .. raw)
    taken[#taken + 1] = id
    taken[#taken + 1] = index - 2
    taken[#taken + 1] = raw
    size = size + #raw
  end
end
-- Whoever claims is alive: others must not take these claims for a dead process's.
if #taken > 0 then redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4]) end
return taken
