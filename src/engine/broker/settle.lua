-- Ends one claim, all or nothing: ack, result, and where wanted the message set aside, scheduled anew or put back, and what follows
-- the task sent.
-- Needs: clock, set-aside, push, limited, batches, results, chords, follow, retries
-- KEYS[1] hash of this start's batches
-- KEYS[2] the batch: list of messages
-- KEYS[3] result key, or '' for none
-- KEYS[4] set of set-aside messages, or '' for none
-- KEYS[5] index of those sets
-- KEYS[6] schedule: sorted set by due time, beside it <set>:m; or '' for none
-- KEYS[7] mark that the task was started, or '' for none: it goes with the claim
-- KEYS[8] schedule of the queue, where the message is to wait for its task's rate limit, or '' for none
-- KEYS[9] set of the retries on the schedule by due time, or '' where it is scheduled for another reason, or not at all
-- ARGV[1] number of the batch
-- ARGV[2] place of the message in it, from 0
-- ARGV[3] '1' if nothing of the batch is left after this
-- ARGV[4] result as JSON
-- ARGV[5] life of the result, seconds
-- ARGV[6] entry id under which the message is set aside or scheduled
-- ARGV[7] note of the set-aside message: JSON without its closing brace
-- ARGV[8] most set-aside messages to keep
-- ARGV[9] how long they are kept, milliseconds
-- ARGV[10] Unix milliseconds after which the set-aside message itself must be gone, or ''
-- ARGV[11] CPU profile to keep with it, or ''
-- ARGV[12] when the message is due, Unix milliseconds
-- ARGV[13] the message as it is to run next time, or '' as it is
-- ARGV[14] 'next' or 'last': put the message back on its list, at the end that is served next, or last
-- ARGV[15] what follows: JSON, see follow-plan.ts; or ''
-- ARGV[16] the task whose limit it is
-- ARGV[17] key of that limit
-- ARGV[18] when the message need not start any more, Unix milliseconds, or ''
-- ARGV[19] its task's id
-- returns how many set-aside messages were dropped for the bounds; or -1 if the batch was no longer there, -2 if the claim had
-- ended while others of its batch go on: then nothing is written
local list = redis.call('HGET', KEYS[1], ARGV[1])
local raw = list and redis.call('LINDEX', KEYS[2], ARGV[2])
if not raw then return -1 end
if raw == settled then return -2 end
if ARGV[14] ~= '' and not takes_pushes(list) then return redis.error_reply('WRONGTYPE ' .. list .. ' is no list') end
local plan = ARGV[15] ~= '' and cjson.decode(ARGV[15])
begin_writing(KEYS[1])
end_claim(KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1')
if KEYS[7] ~= '' then redis.call('DEL', KEYS[7]) end
if KEYS[3] ~= '' then store_result(KEYS[3], ARGV[4], ARGV[5]) end
if ARGV[14] ~= '' then redis.call(ARGV[14] == 'next' and 'RPUSH' or 'LPUSH', list, ARGV[13] == '' and raw or ARGV[13]) end
if KEYS[8] ~= '' then park(KEYS[8], ARGV[16], ARGV[17], list, ARGV[18], ARGV[19], ARGV[13]) end
if plan then
  send_following(write_following(plan, false), KEYS[5], now_ms(), tonumber(ARGV[8]), tonumber(ARGV[9]))
end

if KEYS[6] ~= '' then
  redis.call('ZADD', KEYS[6], ARGV[12], ARGV[6])
  redis.call('HSET', KEYS[6] .. ':m', ARGV[6], list .. '\0' .. (ARGV[13] == '' and raw or ARGV[13]))
end
if KEYS[9] ~= '' then note_retry(KEYS[9], now_ms(), ARGV[12], ARGV[6]) end

if KEYS[4] == '' then return 0 end
if ARGV[11] ~= '' then redis.call('SET', KEYS[4] .. ':p:' .. ARGV[6], ARGV[11], 'PX', ARGV[9]) end
return set_aside(KEYS[4], KEYS[5], ARGV[6], raw, ARGV[7], now_ms(), tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10])
