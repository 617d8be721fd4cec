-- Spends what one SMS costs: all of it, or nothing.
--
-- KEYS[1]  the mobile's flag
-- KEYS[2]  the budget of wrong codes of the mobile; it is only looked at
-- KEYS[3]  the mobile's codes that were not used: a list of '<token> <address block>', the newest first
-- KEYS[4]  the last codes of the mobile's prefix: a sorted set of <token>, or 'used <token>', -> <when, Unix time in ms>
-- KEYS[5]  the alarm of that prefix
-- KEYS[6], KEYS[7]  the same of the address block
-- KEYS[8...]  the budgets (budget.lua)
-- ARGV[1]  the rules, in JSON; what is off is not there:
--            flagMs      how long the flag stays up
--            wrongCodes  limits of wrong codes, [[most, ms]]
--            budgets     limits of each budget, [[[most, ms], ...], ...]
--            pumping     { codes, unusedPercent, ms, deny, usableMs }: of the last `codes` that are younger than `ms`, no more
--                        than that share may be unused; `deny` refuses, else it is only told. A code is usable for `usableMs`
-- ARGV[2]  the token of this SMS
-- ARGV[3]  the address block
-- returns  { wait, refusing, suspicious, alarmed }
--            wait        0 when all was spent, else in how many ms there is room everywhere
--            refusing    places in KEYS of what has no room; 4 and 6 are the two that guard against pumping
--            suspicious  4, 6 where too many codes were not used
--            alarmed     those of them that were not so before, for `ms`

local now = time_ms()
local rules = cjson.decode(ARGV[1])
local wait, refusing, suspicious, alarmed = 0, {}, {}, {}

local function refuse(place, ms)
  if ms <= 0 then return end
  refusing[#refusing + 1] = place
  wait = math.max(wait, ms)
end

-- What 'used <token>' begins with. Tokens are of hexadecimal digits.
local used = string.byte('u')

-- In how many ms the codes of KEYS[place] are no longer suspicious, if none of them is used; 0: they are not.
local function wait_for_trust(place, pumping)
  redis.call('ZREMRANGEBYSCORE', KEYS[place], '-inf', now - pumping.ms)
  local codes = redis.call('ZRANGE', KEYS[place], -pumping.codes, -1)
  if #codes < pumping.codes then return 0 end
  local unused = 0
  for _, code in ipairs(codes) do
    if string.byte(code) ~= used then unused = unused + 1 end
  end
  if unused * 100 <= pumping.unusedPercent * pumping.codes then return 0 end
  return redis.call('ZSCORE', KEYS[place], codes[1]) + pumping.ms - now
end

if rules.flagMs then
  -- -2 where it is down.
  refuse(1, redis.call('PTTL', KEYS[1]))
end
if rules.wrongCodes then refuse(2, wait_for_room(KEYS[2], rules.wrongCodes, now)) end
for i, limits in ipairs(rules.budgets) do
  refuse(7 + i, wait_for_room(KEYS[7 + i], limits, now))
end
if rules.pumping then
  for place = 4, 6, 2 do
    local ms = wait_for_trust(place, rules.pumping)
    if ms > 0 then
      suspicious[#suspicious + 1] = place
      if redis.call('SET', KEYS[place + 1], 1, 'PX', rules.pumping.ms, 'NX') then alarmed[#alarmed + 1] = place end
      if rules.pumping.deny then refuse(place, ms) end
    end
  end
end

if #refusing == 0 then
  if rules.flagMs then redis.call('SET', KEYS[1], ARGV[2], 'PX', rules.flagMs) end
  for i, limits in ipairs(rules.budgets) do
    spend(KEYS[7 + i], limits, now, ARGV[2])
  end
  if rules.pumping then
    for place = 4, 6, 2 do
      redis.call('ZADD', KEYS[place], now, ARGV[2])
      redis.call('ZREMRANGEBYRANK', KEYS[place], 0, -rules.pumping.codes - 1)
      redis.call('PEXPIRE', KEYS[place], rules.pumping.ms)
    end
    redis.call('LPUSH', KEYS[3], ARGV[2] .. ' ' .. ARGV[3])
    redis.call('LTRIM', KEYS[3], 0, 9)
    redis.call('PEXPIRE', KEYS[3], rules.pumping.usableMs)
  end
end
return { wait, refusing, suspicious, alarmed }
