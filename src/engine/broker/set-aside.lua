-- Library: messages that are set aside. Put in front of the scripts that name it (lua-scripts.ts).
-- A set is a sorted set of entry ids by time. Beside it: <set>:n, a hash of notes, <set>:m:<entry>, the message's own bytes,
-- and <set>:p:<entry>, a CPU profile where one was made.

local function forget_aside(set, entry)
  redis.call('ZREM', set, entry)
  redis.call('DEL', set .. ':m:' .. entry, set .. ':p:' .. entry)
  redis.call('HDEL', set .. ':n', entry)
end

-- Drops what is too old or too much, the oldest first, at most 1000 a call. Returns how many.
local function trim_aside(set, now, max, life)
  local gone = redis.call('ZRANGEBYSCORE', set, '-inf', string.format('%.0f', now - life), 'LIMIT', 0, 1000)
  local over = math.min(redis.call('ZCARD', set) - #gone - max, 1000 - #gone)
  if over > 0 then
    for _, entry in ipairs(redis.call('ZRANGE', set, #gone, #gone + over - 1)) do gone[#gone + 1] = entry end
  end
  for _, entry in ipairs(gone) do forget_aside(set, entry) end
  return #gone
end

-- index: set of the names of all these sets. note: JSON without its closing brace; the time is added here. keep_until: Unix
-- milliseconds after which the message itself must be gone, or '': what may not run any more may not lie around either, its
-- arguments may be secret. Returns how many others were dropped for the bounds.
local function set_aside(set, index, entry, raw, note, now, max, life, keep_until)
  redis.call('SADD', index, set)
  redis.call('ZADD', set, now, entry)
  local raw_life = life
  if keep_until ~= '' then raw_life = math.min(life, tonumber(keep_until) - now) end
  if raw_life >= 1 then redis.call('SET', set .. ':m:' .. entry, raw, 'PX', string.format('%.0f', raw_life)) end
  redis.call('HSET', set .. ':n', entry, note .. ',"time":' .. string.format('%.0f', now) .. '}')
  return trim_aside(set, now, max, life)
end
