-- Puts claims back on the lists they came from, at the end that is served next, the oldest claim foremost.
-- Needs: push
-- KEYS[1] hash of the claims
-- KEYS[2] lease key of their owner, or '' to put back in any case
-- KEYS[3] set of all starts
-- ARGV[1] most claims to put back in this call
-- ARGV[2] their owner as a member of that set, to be removed with its last claim, or ''
-- ARGV[3..] ids of the claims to put back; none: all
-- returns how many were put back, or -1 if the owner is alive
-- The lists' names come out of the claims: this needs all keys on one server, as Celery's transport does.
if KEYS[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
local ids = {}
for index = 3, #ARGV do ids[index - 2] = ARGV[index] end
if #ids == 0 then ids = redis.call('HKEYS', KEYS[1]) end
table.sort(ids, function(a, b) return tonumber(a) > tonumber(b) end)
local count = 0
for index = 1, math.min(#ids, tonumber(ARGV[1])) do
  local stored = redis.call('HGET', KEYS[1], ids[index])
  local cut = stored and string.find(stored, '\0', 1, true)
  local list = cut and string.sub(stored, 1, cut - 1)
  if list and takes_pushes(list) then
    -- The write that frees memory comes first: a server that is out of it then lets the rest pass.
    redis.call('HDEL', KEYS[1], ids[index])
    redis.call('RPUSH', list, string.sub(stored, cut + 1))
    count = count + 1
  end
end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[2]) end
return count
