-- Moves scheduled messages that are due to their lists, at the end that is served next, the one due first foremost; those whose
-- entry id begins with `behind:` go to the other end.
-- Needs: clock, push
-- KEYS[1]   count of revocations
-- KEYS[2]   paused queues, a hash
-- KEYS[3..] schedules: sorted sets by due time, beside each <set>:m with `<list key>\0<message>`
-- ARGV[1]   most messages to move per schedule
-- returns   server's time, count of revocations, how many were moved, due time of the next one in Unix milliseconds or '', 1 where
-- any message waits for a rate limit, else 0, and then the names of the paused queues
-- The lists' names come out of the schedule: this needs all keys on one server, as Celery's transport does.
local now, most = now_ms(), tonumber(ARGV[1])
local moved, next_due, limited = 0, nil, 0
local function is_behind(entry) return string.sub(entry, 1, 7) == 'behind:' end

local function move(set, entry, push)
  local stored = redis.call('HGET', set .. ':m', entry)
  local cut = stored and string.find(stored, '\0', 1, true)
  local list = cut and string.sub(stored, 1, cut - 1)
  if list and not takes_pushes(list) then return end
  redis.call('ZREM', set, entry)
  redis.call('HDEL', set .. ':m', entry)
  if not list then return end
  redis.call(push, list, string.sub(stored, cut + 1))
  moved = moved + 1
end

-- Changes nothing; but a server that takes no writes refuses it, and so tells that nothing can be taken from it either.
redis.call('DEL', KEYS[1] .. ':none')
for index = 3, #KEYS do
  local set = KEYS[index]
  local due = redis.call('ZRANGEBYSCORE', set, '-inf', string.format('%.0f', now), 'LIMIT', 0, most)
  for place = #due, 1, -1 do
    if not is_behind(due[place]) then move(set, due[place], 'RPUSH') end
  end
  for _, entry in ipairs(due) do
    if is_behind(entry) then move(set, entry, 'LPUSH') end
  end
  if redis.call('EXISTS', set .. ',limited') == 1 then limited = 1 end
  local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  if first[2] and (not next_due or tonumber(first[2]) < next_due) then next_due = tonumber(first[2]) end
end
local answer = {
  string.format('%.0f', now),
  redis.call('GET', KEYS[1]) or '0',
  moved,
  next_due and string.format('%.0f', next_due) or '',
  limited,
}
for _, queue in ipairs(redis.call('HKEYS', KEYS[2])) do answer[#answer + 1] = queue end
return answer
