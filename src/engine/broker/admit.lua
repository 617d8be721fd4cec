-- Asks leave for one start of a task, by its rate limit.
-- Needs: limited, rates
-- KEYS[1] when it last started
-- KEYS[2] interval that is set for all processes, or '' for none
-- KEYS[3] schedule of the queue that the message comes from
-- ARGV[1] microseconds from one start to the next, where none is set
-- ARGV[2] how many may start at once
-- ARGV[3] task
-- ARGV[4] key of the limit
-- ARGV[5] most keys of a task on a queue that messages may wait for
-- returns '' where it may start; 'full' where it may not, and there are too many keys; else when it may, Unix milliseconds: at the latest when
-- those that wait are looked at again
local keys, now = limited_keys(KEYS[3], ARGV[3]), now_us()
-- Changes nothing; but a server that is out of memory refuses a script only at its first write, and refuses no DEL.
redis.call('DEL', KEYS[3] .. ',none')
if redis.call('ZSCORE', keys, ARGV[4]) then return string.format('%.0f', now / 1000 + 40) end
local interval = tonumber(KEYS[2] ~= '' and redis.call('GET', KEYS[2]) or ARGV[1])
local from = leave(KEYS[1], interval, tonumber(ARGV[2]), now, 0)
if from == 0 then return '' end
if redis.call('ZCARD', keys) >= tonumber(ARGV[5]) then return 'full' end
return string.format('%.0f', math.min(from / 1000, now / 1000 + 1000))
