-- Reserves a try at a password before it is known to be wrong, so that tries at the same time do not slip through together.
--
-- KEYS     the counts that the try belongs to: each a hash of `wrong`, how many wrong tries there were, less what has been
--          forgotten since, and `last`, the time of the last one in ms. It expires when all of them are forgotten
-- ARGV     five numbers for each key: how many wrong tries cost nothing; the first delay, in ms; the longest one, in ms; after how
--          many ms one wrong try is forgotten; the greatest count
-- returns  0, and the try counts as wrong with each key; or in how many ms the delay is over, and nothing is counted
--
-- The wrong try after which `free` of them have been made is followed by the first delay, each further one by twice as much.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function policyOf(i)
  local at = (i - 1) * 5
  return { free = tonumber(ARGV[at + 1]), first = tonumber(ARGV[at + 2]), longest = tonumber(ARGV[at + 3]),
    forget = tonumber(ARGV[at + 4]), most = tonumber(ARGV[at + 5]) }
end

local function delayAfter(wrong, policy)
  -- What is being forgotten counts until it is.
  local beyond = math.ceil(wrong - 0.000001) - policy.free
  if beyond < 0 then return 0 end
  return math.min(policy.longest, policy.first * 2 ^ beyond)
end

local wait = 0
local counts = {}
for i, key in ipairs(KEYS) do
  local policy = policyOf(i)
  local stored = redis.call('HMGET', key, 'wrong', 'last')
  local wrong = tonumber(stored[1] or '') or 0
  -- A clock that was set back makes nobody wait for it.
  local since = math.max(0, now - (tonumber(stored[2] or '') or now))
  wait = math.max(wait, delayAfter(wrong, policy) - since)
  counts[i] = math.max(0, wrong - since / policy.forget)
end
if wait > 0 then return math.ceil(wait) end

for i, key in ipairs(KEYS) do
  local policy = policyOf(i)
  local wrong = math.min(policy.most, counts[i] + 1)
  redis.call('HSET', key, 'wrong', wrong, 'last', now)
  redis.call('PEXPIRE', key, math.ceil(math.max(wrong * policy.forget, delayAfter(wrong, policy))))
end
return 0
