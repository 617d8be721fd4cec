-- Library: how often a task may start. Kept is only when it last did, in Unix microseconds: so another rate holds at once.
local function now_us()
  local clock = redis.call('TIME')
  return clock[1] * 1000000 + clock[2]
end

-- Leave for one start: the generic cell rate algorithm, with the last start for its one figure.
-- last_key: where that is kept; interval: microseconds from one start to the next, 0 for no limit; burst: how many may start at once
-- after a time with fewer; late: by how many microseconds whoever looks may be late without the next one being late too
-- returns 0, and counts the start; else when it may, in Unix microseconds
local function leave(last_key, interval, burst, now, late)
  if interval == 0 then return 0 end
  local last = tonumber(redis.call('GET', last_key) or '')
  -- It can't be so far ahead, but where the rate was another one, or the clock was put back.
  if last and last > now + burst * interval then last = nil end
  local from = last and last + (2 - burst) * interval or 0
  if from > now then return from end
  local noted = last and math.max(last + interval, now - late) or now
  redis.call('SET', last_key, string.format('%.0f', noted), 'PX', math.ceil((burst + 1) * interval / 1000) + 1000)
  return 0
end
