-- Puts messages on their lists, all of them or none, once: a call that is repeated because its answer was lost changes nothing.
-- Needs: clock, push, limited, put-all
-- KEYS[1] mark of this call, by which a repeated one is known
-- ARGV[1] life of the mark, milliseconds
-- ARGV[2] most messages on a queue, scheduled and limited ones included, or '' for no bound
-- ARGV[3] JSON: what is put where, as put-all has it
-- returns the name of a queue that is full, or ''; its length then; the server's time
local now, plan = string.format('%.0f', now_ms()), cjson.decode(ARGV[3])
if redis.call('EXISTS', KEYS[1]) == 1 then return { '', 0, now } end
local full, length = full_queue(plan, ARGV[2])
if full then return { full, length, now } end
local wrong = not_a_list(plan)
if wrong then return wrong end
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
put_all(plan)
return { '', 0, now }
