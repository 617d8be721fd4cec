-- Spends one of a budget, where there is room.
--
-- KEYS[1]  the budget (budget.lua)
-- ARGV[1]  its limits, in JSON: [[most, ms], ...]
-- ARGV[2]  the token of the spending
-- returns  0 when it was spent, else in how many ms there is room

local now = time_ms()
local limits = cjson.decode(ARGV[1])
local wait = wait_for_room(KEYS[1], limits, now)
if wait == 0 then spend(KEYS[1], limits, now, ARGV[2]) end
return wait
