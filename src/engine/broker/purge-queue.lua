-- Removes what waits on a queue: everything on its lists or for a rate limit, and what is due later where that is asked for, too.
-- Needs: push, limited
-- KEYS[1]   schedule of the queue: sorted set by due time, beside it <set>:m
-- KEYS[2..] all lists of the queue
-- ARGV[1]   '1': what is due later, too
-- returns   how many messages were removed that were not due later, and how many were due later; -1 and 0: one of the keys is of another
--           type, and nothing was removed
local count = 0
for index = 2, #KEYS do
  if not takes_pushes(KEYS[index]) then return { -1, 0 } end
  count = count + redis.call('LLEN', KEYS[index])
end
count = count + limited_on(KEYS[1])
for _, task in ipairs(redis.call('HKEYS', KEYS[1] .. ',limited')) do
  local keys = limited_keys(KEYS[1], task)
  for _, key in ipairs(redis.call('ZRANGE', keys, 0, -1)) do redis.call('UNLINK', keys .. between .. key) end
  redis.call('UNLINK', keys)
end
redis.call('UNLINK', KEYS[1] .. ',limited')
local later = redis.call('ZCARD', KEYS[1])
for index = 2, #KEYS do redis.call('UNLINK', KEYS[index]) end
if ARGV[1] == '1' then redis.call('UNLINK', KEYS[1], KEYS[1] .. ':m', KEYS[1] .. ',retries') end
return { count, later }
