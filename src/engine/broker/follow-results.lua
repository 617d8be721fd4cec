-- Writes what follows the end of a task as far as it is the result backend's, where that is not the broker. It may be repeated:
-- chords keep their state until their keys lapse, and say the same again.
-- Needs: results, chords
-- KEYS[1] result key, or '' for none
-- ARGV[1] result as JSON
-- ARGV[2] life of the result, seconds
-- ARGV[3] what follows: JSON, see follow-plan.ts
-- returns what the broker is to send, five values each: queue, priority, task id, task name, message
-- Other keys come out of ARGV[3]: this needs all keys on one server, as Celery's result backend does.
local plan = cjson.decode(ARGV[3])
if KEYS[1] ~= '' then store_result(KEYS[1], ARGV[1], ARGV[2]) end
local answer = {}
for _, message in ipairs(write_following(plan, true)) do
  for _, name in ipairs({ 'queue', 'priority', 'id', 'task', 'text' }) do answer[#answer + 1] = message[name] end
end
return answer
