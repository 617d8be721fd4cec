-- What the scripts of the budgets share. It is put in front of them.
--
-- A budget is a sorted set of <token of a spending> -> <when, Unix time in ms>. Its limits are pairs { most, ms }: no more than
-- `most` spendings in any `ms` milliseconds. A set holds as many spendings as its greatest limit, and expires with the last of them.

local function time_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- In how many ms there is room for one more; 0: there is.
local function wait_for_room(key, limits, now)
  local wait = 0
  for _, limit in ipairs(limits) do
    local most, ms = limit[1], limit[2]
    -- There is room as soon as this one is `ms` old.
    local spending = redis.call('ZREVRANGE', key, most - 1, most - 1, 'WITHSCORES')
    if spending[2] then wait = math.max(wait, spending[2] + ms - now) end
  end
  return wait
end

local function spend(key, limits, now, token)
  local keep, ms = 0, 0
  for _, limit in ipairs(limits) do
    keep = math.max(keep, limit[1])
    ms = math.max(ms, limit[2])
  end
  redis.call('ZADD', key, now, token)
  redis.call('ZREMRANGEBYRANK', key, 0, -keep - 1)
  redis.call('PEXPIRE', key, ms)
end
