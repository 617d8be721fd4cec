-- Moves scheduled messages to their lists, whether they are due or not, in the order in which they are given.
-- Needs: push
-- KEYS[1]  schedule: sorted set by due time, beside it <set>:m with `<list key>\0<message>`
-- ARGV[1]  'next' or 'last': the end of the list that is served next, or the other one
-- ARGV[2..] of each message: entry id; SHA-1 of what the schedule holds of it, as it was read; its new text, or '' as it is
-- returns  how many were moved, and how many were left: their list is no list. What is not there as it was read is neither
-- The lists' names come out of the schedule: this needs all keys on one server, as Celery's transport does.
local push = ARGV[1] == 'next' and 'RPUSH' or 'LPUSH'
local moved, left = 0, 0
for index = 2, #ARGV, 3 do
  local entry, digest, text = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local stored = redis.call('HGET', KEYS[1] .. ':m', entry)
  if stored and redis.sha1hex(stored) == digest then
    local cut = string.find(stored, '\0', 1, true)
    local list = cut and string.sub(stored, 1, cut - 1)
    if list and takes_pushes(list) then
      -- The writes that free memory come first: a server that is out of it then lets the rest pass.
      redis.call('ZREM', KEYS[1], entry)
      redis.call('HDEL', KEYS[1] .. ':m', entry)
      redis.call('ZREM', KEYS[1] .. ',retries', entry)
      redis.call(push, list, text == '' and string.sub(stored, cut + 1) or text)
      moved = moved + 1
    else
      left = left + 1
    end
  end
end
return { moved, left }
