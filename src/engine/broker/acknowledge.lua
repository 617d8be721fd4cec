-- Ends claims of messages that are done: ack and result. Each batch all or nothing.
-- Needs: batches, results
-- KEYS[1] hash of this start's batches
-- ARGV[1] how long results live, seconds
-- ARGV[2] how many batches follow. For each:
--   its number; '1' if nothing of it is left after this; how many places follow, then the places of the messages in it, from 0;
--   how many results follow, then key and JSON of each
-- returns for each batch 1, or -1 if its claims were no longer there: then nothing of it is written
-- The results' keys are not among KEYS: this needs all keys on one server, as Celery's transport does.
local place, answers = 3, {}
local function next_argument()
  place = place + 1
  return ARGV[place - 1]
end
begin_writing(KEYS[1])
for index = 1, tonumber(ARGV[2]) do
  local batch, over = next_argument(), next_argument() == '1'
  local ours = redis.call('HEXISTS', KEYS[1], batch) == 1
  local places = tonumber(next_argument())
  if ours and over then end_claim(KEYS[1], batch, nil, true) end
  for at = place, place + places - 1 do
    if ours and not over then end_claim(KEYS[1], batch, ARGV[at], false) end
  end
  place = place + places
  for _ = 1, tonumber(next_argument()) do
    local key, json = next_argument(), next_argument()
    if ours then store_result(key, json, ARGV[1]) end
  end
  answers[index] = ours and 1 or -1
end
return answers
