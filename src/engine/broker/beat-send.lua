-- Sends the messages of an entry's ticks and notes that these are done with: once, however many schedulers try, and how often.
-- Needs: clock, push, limited, put-all
-- KEYS[1] state of the entry, a hash (beat-look)
-- ARGV[1] its schedule
-- ARGV[2] its last tick, as the sender knows it
-- ARGV[3] the newest tick that is done with after this
-- ARGV[4] how many ticks are missed and not sent
-- ARGV[5] life of the state after this, milliseconds
-- ARGV[6] who sends, and tells its own calls apart
-- ARGV[7] most messages on a queue, scheduled ones included, or '' for no bound
-- ARGV[8] JSON: what is put where, as put-all has it; no messages where all ticks are missed
-- returns `sent`; `other`: somebody else was faster, or the schedule is another one; `early`: the clock was set back; or `full`. Then
-- the name of the queue that is full or '', its length, the server's time
local clock, plan = now_ms(), cjson.decode(ARGV[8])
local now = string.format('%.0f', clock)
local state = redis.call('HMGET', KEYS[1], 'schedule', 'last')
if state[1] ~= ARGV[1] or state[2] ~= ARGV[2] then return { 'other', '', 0, now } end
if tonumber(ARGV[3]) > clock then return { 'early', '', 0, now } end
if #plan.messages > 0 then
  local full, length = full_queue(plan, ARGV[7])
  if full then return { 'full', full, length, now } end
  local wrong = not_a_list(plan)
  if wrong then return wrong end
  put_all(plan)
  redis.call('HINCRBY', KEYS[1], 'sent', #plan.messages)
  redis.call('HSET', KEYS[1], 'at', now)
end
if ARGV[4] ~= '0' then redis.call('HINCRBY', KEYS[1], 'missed', ARGV[4]) end
redis.call('HSET', KEYS[1], 'last', ARGV[3], 'by', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { 'sent', '', 0, now }
