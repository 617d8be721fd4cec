-- Puts claims back on the lists they came from, at the end that is served next, the oldest claim foremost.
-- KEYS[1] hash of the claims
-- KEYS[2] lease key of their owner, or '' to put back in any case
-- ARGV[1] most claims to put back in this call
-- ARGV[2..] ids of the claims to put back; none: all
-- returns how many were put back, or -1 if the owner is alive
-- The lists' names come out of the claims: this needs all keys on one server, as Celery's transport does.
if KEYS[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
local ids = {}
for index = 2, #ARGV do ids[index - 1] = ARGV[index] end
if #ids == 0 then ids = redis.call('HKEYS', KEYS[1]) end
table.sort(ids, function(a, b) return tonumber(a) > tonumber(b) end)
local count = 0
for index = 1, math.min(#ids, tonumber(ARGV[1])) do
  local stored = redis.call('HGET', KEYS[1], ids[index])
  if stored then
    -- The write that frees memory comes first: a server that is out of it then lets the rest pass.
    redis.call('HDEL', KEYS[1], ids[index])
    local cut = string.find(stored, '\0', 1, true)
    redis.call('RPUSH', string.sub(stored, 1, cut - 1), string.sub(stored, cut + 1))
    count = count + 1
  end
end
return count
