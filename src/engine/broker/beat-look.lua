-- Tells where each entry of a scheduler stands; one that is new, or has another schedule than before, begins now.
-- Needs: clock
-- KEYS     states of the entries, hashes: `schedule`; `last`, the last tick that was done with, or the beginning; `since`, when the
--          scheduler started that brought the schedule; `seen`, when one that has it last looked; `by`, who did the last tick
-- ARGV[1]  life of a state after somebody's last look, milliseconds
-- ARGV[2]  the same of a claim that this is the schedule: then another one may take its place
-- ARGV[3]  when this scheduler started, or '' for now
-- ARGV[4..] of each entry its schedule, and the last tick that is known here or ''
-- returns  server's time; then of each entry `last`, or '' where another's schedule holds, and `by`
-- Of schedulers with different schedules for an entry that holds which was started last. A clock that was set back makes no claim last.
local now = now_ms()
local life, claim_life = ARGV[1], tonumber(ARGV[2])
local started = ARGV[3] == '' and now or tonumber(ARGV[3])
local answer = { string.format('%.0f', now) }

local function number(milliseconds) return string.format('%.0f', milliseconds) end

for index, key in ipairs(KEYS) do
  local schedule, known = ARGV[2 + 2 * index], ARGV[3 + 2 * index]
  local state = redis.call('HMGET', key, 'schedule', 'last', 'since', 'seen', 'by')
  local since, seen = tonumber(state[3] or 0) or 0, tonumber(state[4] or 0) or 0
  local apart = math.abs(now - seen)
  local is_complete = state[1] and tonumber(state[2] or '') ~= nil
  if not is_complete then
    -- Gone with the server's memory, perhaps: what is known here still holds.
    local last = known ~= '' and known or number(now)
    redis.call('DEL', key)
    redis.call('HSET', key, 'schedule', schedule, 'last', last, 'since', number(started), 'seen', number(now), 'by', '')
    redis.call('PEXPIRE', key, life)
    answer[#answer + 1] = last
    answer[#answer + 1] = ''
  elseif state[1] == schedule then
    if apart > claim_life / 3 or started > since then
      redis.call('HSET', key, 'seen', number(now), 'since', number(math.max(since, started)))
      redis.call('PEXPIRE', key, life)
    end
    answer[#answer + 1] = state[2]
    answer[#answer + 1] = state[5] or ''
  elseif started > since or apart > claim_life then
    redis.call('HSET', key, 'schedule', schedule, 'last', number(now), 'since', number(started), 'seen', number(now), 'by', '')
    redis.call('PEXPIRE', key, life)
    answer[#answer + 1] = number(now)
    answer[#answer + 1] = ''
  else
    answer[#answer + 1] = ''
    answer[#answer + 1] = ''
  end
end
return answer
