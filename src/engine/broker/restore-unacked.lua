-- One step of a sweep of Celery's own claims. It is taken only while the sweep's mutex is ours.
-- Needs: clock, set-aside
-- KEYS[1] mutex of the sweep
-- KEYS[2] claims: hash delivery tag -> entry
-- KEYS[3] their index: sorted set of delivery tags by Unix seconds
-- KEYS[4..] restore: the lists to put the message on. aside: set of set-aside messages, index of those sets
-- ARGV[1] token: what the mutex holds while it is ours
-- ARGV[2] 'restore', 'aside', 'forget' (there is no entry, its tag leaves the index) or 'release' (the mutex; needs no more)
-- ARGV[3] delivery tag
-- ARGV[4] the entry as it was read; forget: ''
-- ARGV[5] how old a claim must be, milliseconds
-- ARGV[6] restore: the message as it is to run again. aside: note, JSON without its closing brace
-- ARGV[7] aside: entry id in that set
-- ARGV[8] aside: most set-aside messages to keep
-- ARGV[9] aside: how long they are kept, milliseconds
-- ARGV[10] aside: Unix milliseconds after which the entry itself must be gone, or ''
-- returns -1 the mutex is not ours (any more), -2 the claim is not there, not as it was read, or not old enough, -3 restore:
-- a key to put it on is no list; in these cases nothing is written. Else how many set-aside messages were dropped for the bounds
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local step, tag, now = ARGV[2], ARGV[3], now_ms()
if step == 'release' then
  redis.call('DEL', KEYS[1])
  return 0
end

-- Looked at again: another sweep may have restored it, and a worker claimed it anew under the same tag.
local claimed = redis.call('ZSCORE', KEYS[3], tag)
if not claimed or tonumber(claimed) * 1000 > now - tonumber(ARGV[5]) then return -2 end
local entry = redis.call('HGET', KEYS[2], tag)
if step == 'forget' then
  if entry then return -2 end
  redis.call('ZREM', KEYS[3], tag)
  return 0
end
if entry ~= ARGV[4] then return -2 end

-- A write that fails half-way is not undone: whatever can fail is asked before the first one.
if step == 'restore' then
  for list = 4, #KEYS do
    local kind = redis.call('TYPE', KEYS[list]).ok
    if kind ~= 'list' and kind ~= 'none' then return -3 end
  end
end
-- The first write frees memory: a server that is out of it refuses a script only at its first write, and refuses no HDEL.
redis.call('HDEL', KEYS[2], tag)
redis.call('ZREM', KEYS[3], tag)
if step == 'aside' then
  return set_aside(KEYS[4], KEYS[5], ARGV[7], entry, ARGV[6], now, tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10])
end
for list = 4, #KEYS do redis.call('RPUSH', KEYS[list], ARGV[6]) end
return 0
