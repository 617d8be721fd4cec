-- Moves messages that may start now, by their task's rate limit, to their lists, at the end that is served next, the first one foremost.
-- Needs: push, limited, rates
-- KEYS[1] schedule of the queue
-- KEYS[2] interval that is set for all processes, or '' for none
-- KEYS[3] revoked task ids
-- ARGV[1] task
-- ARGV[2] microseconds from one start to the next, where none is set
-- ARGV[3] how many may start at once
-- ARGV[4] name of the key of when it last started: what stands before the limit's key
-- ARGV[5] and behind it
-- ARGV[6] most messages to move
-- ARGV[7] '1': the limit is this process's own, and others look for themselves
-- returns how many were moved, and how long it is until the next one, in milliseconds, or '' where none waits
-- One that is revoked or expired needs no leave: it will not start, and whoever waits for it is told.
-- The lists' names come out of what waits: this needs all keys on one server, as Celery's transport does.
local keys, now, most = limited_keys(KEYS[1], ARGV[1]), now_us(), tonumber(ARGV[6])
local interval, burst = nil, tonumber(ARGV[3])
-- A look comes each 40 ms; another rate holds within a second.
local late, look_us = 50000, 1000000
local moved, next_us = 0, nil

-- Later by more than clocks of processes lag behind this one: none of them may take it for one that may start.
local function is_over(expires, id, now)
  if expires ~= '' and (tonumber(expires) + 100) * 1000 < now then return true end
  return id ~= '' and redis.call('ZSCORE', KEYS[3], id) ~= false
end

redis.call('DEL', KEYS[1] .. ',none')
interval = tonumber(KEYS[2] ~= '' and redis.call('GET', KEYS[2]) or ARGV[2])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', keys, '-inf', string.format('%.0f', now / 1000), 'LIMIT', 0, 100)) do
  local waiting, taken, from = keys .. between .. key, {}, now
  while moved + #taken < most do
    local stored = redis.call('LINDEX', waiting, 0)
    if not stored then break end
    local list, expires, id, message = read_parked(stored)
    if not takes_pushes(list) then
      from = now + look_us
    elseif is_over(expires, id, now) then
      from = 0
    else
      from = leave(ARGV[4] .. key .. ARGV[5], interval, burst, now, late)
    end
    if from > 0 then break end
    from = now
    redis.call('LPOP', waiting)
    taken[#taken + 1] = { list, message }
  end
  for place = #taken, 1, -1 do redis.call('RPUSH', taken[place][1], taken[place][2]) end
  moved = moved + #taken
  if redis.call('EXISTS', waiting) == 0 then
    redis.call('ZREM', keys, key)
  else
    local look = math.min(from, now + look_us)
    redis.call('ZADD', keys, ARGV[7] == '1' and 0 or string.format('%.0f', math.floor(look / 1000)), key)
    if not next_us or look < next_us then next_us = look end
  end
end
unpark(KEYS[1], ARGV[1], moved)
local first = redis.call('ZRANGE', keys, 0, 0, 'WITHSCORES')
if not first[2] then return { moved, '' } end
if ARGV[7] ~= '1' then next_us = tonumber(first[2]) * 1000 end
return { moved, string.format('%.0f', math.max(math.ceil(((next_us or now) - now) / 1000), 0)) }
