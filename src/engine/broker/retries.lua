-- Library: which of the scheduled messages will be run again, for whoever wants to know how many there are. Beside a queue's schedule there is
-- <schedule>,retries, a sorted set of entry ids by due time. Nothing else reads it: what is due has left the schedule, so it does not count,
-- and goes when the next one comes. No larger than the schedule, and gone a minute after the last of them is due.

local function note_retry(retries, now, due, entry)
  redis.call('ZREMRANGEBYSCORE', retries, '-inf', string.format('%.0f', now))
  redis.call('ZADD', retries, due, entry)
  local last = redis.call('ZRANGE', retries, -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', retries, string.format('%.0f', tonumber(last[2]) + 60000))
end

-- How many are to be run again.
local function retries_on(retries, now)
  return redis.call('ZCOUNT', retries, '(' .. string.format('%.0f', now), '+inf')
end
