-- Removes what waits on a queue: everything on its lists, and what is due later where that is asked for, too.
-- Needs: push
-- KEYS[1]   schedule of the queue: sorted set by due time, beside it <set>:m
-- KEYS[2..] all lists of the queue
-- ARGV[1]   '1': what is due later, too
-- returns   how many messages were removed from the lists, and how many were due later; -1 and 0: one of the keys is of another
--           type, and nothing was removed
local count = 0
for index = 2, #KEYS do
  if not takes_pushes(KEYS[index]) then return { -1, 0 } end
  count = count + redis.call('LLEN', KEYS[index])
end
local later = redis.call('ZCARD', KEYS[1])
for index = 2, #KEYS do redis.call('UNLINK', KEYS[index]) end
if ARGV[1] == '1' then redis.call('UNLINK', KEYS[1], KEYS[1] .. ':m') end
return { count, later }
