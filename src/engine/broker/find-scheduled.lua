-- Looks through some of the scheduled messages of a queue for a text, from the one that is due first.
-- KEYS[1] schedule: sorted set by due time, beside it <set>:m with `<list key>\0<message>`
-- ARGV[1] the text: a task's id, as JSON writes it
-- ARGV[2] how many messages to leave out
-- ARGV[3] most messages to look at
-- ARGV[4] larger ones are passed over, in bytes
-- ARGV[5] most bytes of them to read at once, about
-- returns how many were looked at, 0 at the end; and of the last of them, where the text is in it, the message and its due time, else '' and ''
-- The text is only looked for: whoever asks reads the message, and goes on behind it where it is another one.
local from, bytes = tonumber(ARGV[2]), 0
local entries = redis.call('ZRANGE', KEYS[1], from, from + tonumber(ARGV[3]) - 1, 'WITHSCORES')
for place = 1, #entries, 2 do
  local entry = entries[place]
  local size = redis.call('HSTRLEN', KEYS[1] .. ':m', entry)
  local stored = size > 0 and size <= tonumber(ARGV[4]) and redis.call('HGET', KEYS[1] .. ':m', entry)
  if stored and string.find(stored, ARGV[1], 1, true) then
    local cut = string.find(stored, '\0', 1, true) or 0
    return { (place + 1) / 2, string.sub(stored, cut + 1), entries[place + 1] }
  end
  bytes = bytes + (stored and size or 0)
  if bytes >= tonumber(ARGV[5]) then return { (place + 1) / 2, '', '' } end
end
return { #entries / 2, '', '' }
