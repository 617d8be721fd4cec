-- Moves messages that wait for their task's rate limit to their lists, at the end that is served next, the first one foremost.
-- Needs: push, limited
-- KEYS[1] schedule of the queue
-- ARGV[1] most messages to move
-- returns how many were moved, and how many of those that it came to were left: their list is no list
-- The lists' names come out of what waits: this needs all keys on one server, as Celery's transport does.
local most, moved, left = tonumber(ARGV[1]), 0, 0
for _, task in ipairs(redis.call('HKEYS', KEYS[1] .. ',limited')) do
  local keys, of_task = limited_keys(KEYS[1], task), 0
  for _, key in ipairs(redis.call('ZRANGE', keys, 0, -1)) do
    local waiting = keys .. between .. key
    while moved < most do
      local stored = redis.call('LINDEX', waiting, -1)
      if not stored then break end
      local list, _, _, message = read_parked(stored)
      if not takes_pushes(list) then
        left = left + redis.call('LLEN', waiting)
        break
      end
      redis.call('RPOP', waiting)
      redis.call('RPUSH', list, message)
      moved, of_task = moved + 1, of_task + 1
    end
    if redis.call('EXISTS', waiting) == 0 then redis.call('ZREM', keys, key) end
    if moved >= most then break end
  end
  unpark(KEYS[1], task, of_task)
  if moved >= most then break end
end
return { moved, left }
