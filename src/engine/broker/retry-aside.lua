-- Puts a message that was set aside back on a list, behind all others, and forgets it as set aside.
-- Needs: set-aside
-- KEYS[1] set of set-aside messages
-- KEYS[2] list
-- ARGV[1] entry id
-- ARGV[2] SHA-1 of the message as it was read, hexadecimal
-- ARGV[3] the message as it is to run, or '' byte for byte as it is
-- returns 1; or in these cases, and nothing is written: -1 there is no such entry, -2 its message is not there, or not as it
-- was read, -3 the key of the list holds something else
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return -1 end
local raw = redis.call('GET', KEYS[1] .. ':m:' .. ARGV[1])
if not raw or redis.sha1hex(raw) ~= ARGV[2] then return -2 end
-- A write that fails half-way is not undone: whatever can fail is asked before the first one.
local kind = redis.call('TYPE', KEYS[2]).ok
if kind ~= 'list' and kind ~= 'none' then return -3 end
-- The write that frees memory comes first: a server that is out of it then lets the rest pass.
forget_aside(KEYS[1], ARGV[1])
redis.call('LPUSH', KEYS[2], ARGV[3] == '' and raw or ARGV[3])
return 1
