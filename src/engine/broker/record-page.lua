-- Some of the records of tasks, the newest first.
-- Needs: records
-- KEYS[1] records
-- ARGV[1] only those of this state, or ''
-- ARGV[2] only those of this name, or ''
-- ARGV[3] only those whose score is less, or '+inf'
-- ARGV[4] most of them
-- returns the score of the last one of them, or '' where no more come; then id, score, name and newest run of each, as the record has it
-- Of the rest of the record nothing is sent: a page has many.
local records, most = KEYS[1], tonumber(ARGV[4])
local upper = ARGV[3] == '+inf' and '+inf' or '(' .. ARGV[3]
local found = {}
for _, state in ipairs(record_states) do
  if ARGV[1] == '' or ARGV[1] == state then
    local set = records .. ':' .. state .. (ARGV[2] ~= '' and ':' .. ARGV[2] or '')
    local rows = redis.call('ZREVRANGEBYSCORE', set, upper, '-inf', 'WITHSCORES', 'LIMIT', 0, most + 1)
    for index = 1, #rows, 2 do found[#found + 1] = { id = rows[index], score = rows[index + 1] } end
  end
end
table.sort(found, function(one, other) return tonumber(one.score) > tonumber(other.score) end)

local answer = { '' }
for index = 1, math.min(#found, most) do
  local id, record = found[index].id, redis.call('HGET', records, found[index].id)
  -- Gone with the server's memory, perhaps.
  local head, at
  if record then head, at = read_head(record) end
  if at then
    local run = string.match(record, '([^\n]+)$')
    for _, value in ipairs({ id, head.score, head.name, run }) do answer[#answer + 1] = value end
  end
end
if #found > most then answer[1] = string.format('%.0f', tonumber(found[most].score)) end
return answer
