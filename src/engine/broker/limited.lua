-- Library: messages that wait until their task may start again, by its rate limit. Beside a queue's schedule there is <schedule>,limited, a
-- hash task -> how many wait; per task <schedule>,limited:<task>, a sorted set by when to look next -> key of the limit; and per key a
-- list of `<list key>\0<expires, Unix ms, or ''>\0<task id>\0<message>`, the next one in front. The messages are already as they are when
-- the limit has let them pass.
local between = '\6\22'

local function limited_keys(schedule, task) return schedule .. ',limited:' .. task end

-- How many wait on a queue.
local function limited_on(schedule)
  local sum = 0
  for _, count in ipairs(redis.call('HVALS', schedule .. ',limited')) do sum = sum + count end
  return sum
end

-- Puts a message behind those that wait already. It is looked at with the next look.
local function park(schedule, task, key, list, expires, id, message)
  local keys = limited_keys(schedule, task)
  redis.call('ZADD', keys, 'NX', 0, key)
  redis.call('RPUSH', keys .. between .. key, table.concat({ list, expires, id, message }, '\0'))
  redis.call('HINCRBY', schedule .. ',limited', task, 1)
end

-- Its parts: list, expires, task id, and the message.
local function read_parked(stored)
  local list, expires, id, at = string.match(stored, '^([^%z]*)%z(%d*)%z([^%z]*)%z()')
  return list, expires, id, string.sub(stored, at)
end

-- Those of a task that do not wait any more are not counted.
local function unpark(schedule, task, count)
  if count > 0 and redis.call('HINCRBY', schedule .. ',limited', task, -count) <= 0 then
    redis.call('HDEL', schedule .. ',limited', task)
  end
end
