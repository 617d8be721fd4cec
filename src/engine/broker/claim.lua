-- Takes messages from the lists, in their order, and stores each as a claim in the same step.
-- Needs: clock
-- KEYS[1]   hash of this start's claims
-- KEYS[2]   this start's lease key
-- KEYS[3]   count of revocations
-- KEYS[4]   set of all starts
-- KEYS[5..] lists, the one to serve first in front
-- ARGV[1]   most messages to take
-- ARGV[2]   most bytes to take; the message that crosses this is still taken
-- ARGV[3]   id of the last claim of this start; the first one here gets the next
-- ARGV[4]   lease, milliseconds
-- ARGV[5]   value of the lease key
-- ARGV[6]   this start, as a member of KEYS[4]
-- returns   server's time, count of revocations, then for each claim: its id, index of the list (from 1), raw message
local most, bytes, id = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local taken, size = { string.format('%.0f', now_ms()), redis.call('GET', KEYS[3]) or '0' }, 0
for index = 5, #KEYS do
  while #taken < most * 3 + 2 and size < bytes do
    local raw = redis.call('RPOP', KEYS[index])
    if not raw then break end
    id = id + 1
    redis.call('HSET', KEYS[1], id, KEYS[index] .. '\0' .. raw)
    taken[#taken + 1] = id
    taken[#taken + 1] = index - 4
    taken[#taken + 1] = raw
    size = size + #raw
  end
end
-- Whoever claims is alive: others must not take these claims for a dead process's.
if size > 0 and redis.call('PEXPIRE', KEYS[2], ARGV[4]) == 0 then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4])
  -- Whoever took us for dead has struck us off: claims of a start that nobody knows of would never come back.
  redis.call('SADD', KEYS[4], ARGV[6])
end
return taken
