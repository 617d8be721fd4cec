-- Looks through some of the messages of a list for a text, from the end that is served next.
-- KEYS[1] list
-- ARGV[1] the text: a task's id, as JSON writes it
-- ARGV[2] how many messages to leave out
-- ARGV[3] most messages to look at
-- ARGV[4] most bytes of them to read at once, about
-- returns how many were looked at, 0 at the end of the list; and the last of them, where the text is in it, else ''
-- The text is only looked for: whoever asks reads the message, and goes on behind it where it is another one.
local kind = redis.call('TYPE', KEYS[1]).ok
local length = kind == 'list' and redis.call('LLEN', KEYS[1]) or 0
local from = tonumber(ARGV[2])
if from >= length then return { 0, '' } end
local each = math.max(redis.call('MEMORY', 'USAGE', KEYS[1]) / length, 1)
local count = math.max(math.min(tonumber(ARGV[3]), math.floor(tonumber(ARGV[4]) / each)), 1)
local messages = redis.call('LRANGE', KEYS[1], -from - count, -from - 1)
for place = #messages, 1, -1 do
  if string.find(messages[place], ARGV[1], 1, true) then return { #messages - place + 1, messages[place] } end
end
return { #messages, '' }
