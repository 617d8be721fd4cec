-- What there is on queues: counts alone, and how old the oldest message is. Changes nothing.
-- Needs: clock, oldest, limited, retries
-- KEYS     of each queue: its four lists by priority, its schedule, the retries among that, and its sets of dead letters, unknown and
--          unreadable messages
-- returns  server's time, Unix milliseconds; then of each queue the lengths of its lists, the age of its oldest message in milliseconds, or -1
--          where there is none that says when it was sent, and how many are scheduled, are to be run again, wait for a rate limit, and are set
--          aside in each of the sets. A key that holds something else counts as empty.
local now = now_ms()
local answer = { string.format('%.0f', now) }

local function count(command, key)
  local reply = redis.pcall(command, key)
  return type(reply) == 'number' and reply or 0
end

for at = 1, #KEYS, 9 do
  local lists = { KEYS[at], KEYS[at + 1], KEYS[at + 2], KEYS[at + 3] }
  for _, list in ipairs(lists) do answer[#answer + 1] = count('LLEN', list) end
  local schedule = KEYS[at + 4]
  answer[#answer + 1] = math.floor(oldest_ms(lists, now) or -1)
  answer[#answer + 1] = count('ZCARD', schedule)
  answer[#answer + 1] = retries_on(KEYS[at + 5], now)
  answer[#answer + 1] = limited_on(schedule)
  for index = at + 6, at + 8 do answer[#answer + 1] = count('ZCARD', KEYS[index]) end
end
return answer
