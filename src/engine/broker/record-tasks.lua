-- Writes what has become known of tasks into their records, and drops the oldest ones that are over the bounds.
-- Needs: clock, records
-- KEYS[1] records
-- ARGV[1] most records to keep
-- ARGV[2] most bytes of them
-- ARGV[3] how long they are kept, milliseconds
-- ARGV[4] most runs of a task to keep
-- ARGV[5] most lines of a task's log to keep
-- ARGV[6] how many tasks were not recorded
-- ARGV[7] how many changes follow. For each:
--   its task's id, name, and parent's id or ''; how many lines of the log follow behind the run; the run's key or '' for none, its time, state and JSON;
--   the facts; then time and text of each line
-- returns how many records were dropped, and how many there are
-- Where there are more than may be kept, half of the room is for tasks that did not go well, or have not ended: however many go well, they do not push
-- those out.
-- The names of the other keys are made of KEYS[1]: this needs all keys on one server, as Celery's transport does.
local records, figures, logged = KEYS[1], KEYS[1] .. ':figures', KEYS[1] .. ':logged'
local now = now_ms()
local went_well = { SUCCESS = true, IGNORED = true, REPLACED = true }
local bytes, place = 0, 7

local function next_argument()
  place = place + 1
  return ARGV[place]
end

local function set_of(state, name) return records .. ':' .. state .. (name and ':' .. name or '') end

local function count_name(name, by)
  if redis.call('HINCRBY', records .. ':names', name, by) <= 0 then redis.call('HDEL', records .. ':names', name) end
end

local function unlist(id, head)
  redis.call('ZREM', set_of(head.state), id)
  redis.call('ZREM', set_of(head.state, head.name), id)
  if head.parent ~= '' then redis.call('ZREM', records .. ':of:' .. head.parent, id) end
end

local function list(id, head)
  redis.call('ZADD', set_of(head.state), head.score, id)
  redis.call('ZADD', set_of(head.state, head.name), head.score, id)
  if head.parent ~= '' then redis.call('ZADD', records .. ':of:' .. head.parent, head.score, id) end
end

-- No two records have the same score, so that a page can begin behind one.
local last = tonumber(redis.call('HGET', figures, 'last') or 0)
local function new_score()
  last = math.max(now * 1000, last + 1)
  return string.format('%.0f', last)
end

-- The runs of a task with this one among them, in the order of their times: another process may have begun the next one before this one's end is told.
local function with_run(text, time, key, line, most)
  local runs, placed = {}, false
  for run in string.gmatch(text, '[^\n]+') do
    local run_time, run_key = string.match(run, '^(%d+)%-([^\t]*)')
    if run_key == key then
      run = line
      placed = true
    elseif not placed and tonumber(run_time) > tonumber(time) then
      runs[#runs + 1] = line
      placed = true
    end
    runs[#runs + 1] = run
  end
  if not placed then runs[#runs + 1] = line end
  local dropped = 0
  while #runs > most do
    table.remove(runs, 2)
    dropped = dropped + 1
  end
  return runs, dropped
end

local function write_run(id, name, parent, key, time, state, json, facts)
  local line = time .. '-' .. key .. '\t' .. state .. '\t' .. json
  local old = redis.call('HGET', records, id)
  local head, at
  if old then head, at = read_head(old) end
  local runs, dropped
  if at then
    local facts_end = string.find(old, '\n', at, true)
    runs, dropped = with_run(string.sub(old, facts_end + 1), time, key, line, tonumber(ARGV[4]))
  else
    runs, dropped = { line }, 0
  end
  local known = at and head
  local newest = string.match(runs[#runs], '^[^\t]*\t(%u+)')
  local new = {
    score = known and known.score or new_score(),
    state = newest,
    name = name,
    dropped = (known and known.dropped or 0) + dropped,
    parent = parent,
  }
  if not known then
    count_name(name, 1)
    list(id, new)
    bytes = bytes + overhead
  elseif known.state ~= new.state or known.name ~= name or known.parent ~= parent then
    unlist(id, known)
    list(id, new)
    if known.name ~= name then
      count_name(known.name, -1)
      count_name(name, 1)
    end
  end
  local first = table.concat({ new.score, new.state, name, string.format('%.0f', new.dropped), parent }, '\t')
  local record = first .. '\n' .. facts .. '\n' .. table.concat(runs, '\n')
  redis.call('HSET', records, id, record)
  bytes = bytes + #record - (old and #old or 0)
end

-- A log may have ended by itself, before its record is dropped: its bytes are taken off all the same.
local function forget_log(id)
  bytes = bytes - tonumber(redis.call('HGET', logged, id) or 0)
  redis.call('HDEL', logged, id)
end

local function write_lines(id, count)
  local log = records .. ':log:' .. id
  local is_known = count > 0 and redis.call('HEXISTS', records, id) == 1
  local newest = is_known and redis.call('LINDEX', log, -1)
  local number = newest and tonumber(string.match(newest, '^%d+')) or 0
  if is_known and not newest then forget_log(id) end
  local grown = 0
  for _ = 1, count do
    local line = next_argument() .. '\t' .. next_argument()
    if is_known then
      number = number + 1
      line = number .. '\t' .. line
      grown = grown + #line
      redis.call('RPUSH', log, line)
    end
  end
  if not is_known then return end
  for _ = 1, redis.call('LLEN', log) - tonumber(ARGV[5]) do grown = grown - #redis.call('LPOP', log) end
  redis.call('HINCRBY', logged, id, grown)
  bytes = bytes + grown
  redis.call('PEXPIRE', log, ARGV[3])
end

local function drop(id, state)
  local record = redis.call('HGET', records, id)
  redis.call('ZREM', set_of(state), id)
  redis.call('DEL', records .. ':log:' .. id)
  forget_log(id)
  if not record then return end
  local head, at = read_head(record)
  if at then
    unlist(id, head)
    count_name(head.name, -1)
  end
  redis.call('HDEL', records, id)
  bytes = bytes - #record - overhead
end

-- Changes nothing; but a server that is out of memory refuses a script only at its first write, and refuses no HDEL.
redis.call('HDEL', figures, '')
for _ = 1, tonumber(ARGV[7]) do
  local id, name, parent = next_argument(), next_argument(), next_argument()
  local lines, key, time = tonumber(next_argument()), next_argument(), next_argument()
  local state, json, facts = next_argument(), next_argument(), next_argument()
  if key ~= '' then write_run(id, name, parent, key, time, state, json, facts) end
  write_lines(id, lines)
end

-- The oldest record of each state, and how many of each there are.
local oldest, counts, total, well = {}, {}, 0, 0
local function look(state)
  local first = redis.call('ZRANGE', set_of(state), 0, 0, 'WITHSCORES')
  oldest[state] = first[1] and { id = first[1], score = tonumber(first[2]) }
end
for _, state in ipairs(record_states) do
  look(state)
  counts[state] = redis.call('ZCARD', set_of(state))
  total = total + counts[state]
  if went_well[state] then well = well + counts[state] end
end
local function oldest_state(only_well)
  local found
  for _, state in ipairs(record_states) do
    local first = (not only_well or went_well[state]) and oldest[state]
    if first and (not found or first.score < oldest[found].score) then found = state end
  end
  return found
end

local most, most_bytes, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), (now - tonumber(ARGV[3])) * 1000
local kept = tonumber(redis.call('HGET', figures, 'bytes') or 0)
local dropped = 0
while dropped < 1000 do
  local first = oldest_state(false)
  if not first then break end
  local is_old = oldest[first].score < limit
  local is_over = total > most or kept + bytes > most_bytes
  if not is_old and not is_over then break end
  local state = not is_old and well * 2 > total and oldest_state(true) or first
  drop(oldest[state].id, state)
  look(state)
  total = total - 1
  if went_well[state] then well = well - 1 end
  dropped = dropped + 1
end

redis.call('HSET', figures, 'last', string.format('%.0f', last))
redis.call('HSET', figures, 'bytes', string.format('%.0f', total == 0 and 0 or math.max(kept + bytes, 0)))
if dropped > 0 then redis.call('HINCRBY', figures, 'dropped', dropped) end
if ARGV[6] ~= '0' then redis.call('HINCRBY', figures, 'passed', ARGV[6]) end
return { dropped, total }
