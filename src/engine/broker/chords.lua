-- Library: what is written beside a task's result because of what follows it. Needs: results
-- A chord's state is Celery's own (celery.backends.redis), so that its members may run partly there: <key>.s holds how many ends it
-- waits for, <key>.t what was added to that, <key>.j, a sorted set, an end each: `[1, id, state, result]`, scored by its place.
-- Where it is there, <key> itself holds the group's result as JSON: in what order the results are handed on.

local day = 86400

-- Reads one end. Gives its id and its result, both as JSON text, and its state.
local function read_end(text)
  local first = string.match(text, '^%[1, ?"()')
  if not first then error('no end of a member') end
  local last = first
  while true do
    local place = string.find(text, '["\\]', last)
    if string.sub(text, place, place) == '"' then
      last = place
      break
    end
    last = place + 2
  end
  local state, result = string.match(text, '^, ?"([%w_]+)", ?()', last + 1)
  return string.sub(text, first, last - 1), string.sub(text, result, -2), state
end

-- An error as Python prints it: the name of its class, and what it was made with.
local function shown_error(json)
  local read, failure = pcall(cjson.decode, json)
  if not read or type(failure) ~= 'table' then return json end
  local messages, shown = failure.exc_message, {}
  if type(messages) ~= 'table' then messages = { messages } end
  for index, message in ipairs(messages) do
    shown[index] = type(message) == 'string' and "'" .. message .. "'" or cjson.encode(message)
  end
  return tostring(failure.exc_type) .. '(' .. table.concat(shown, ', ') .. ')'
end

local function open_chords(chords, life)
  for _, chord in ipairs(chords) do
    redis.call('SET', chord.key .. '.s', chord.size, 'EX', life)
    if chord.tree then redis.call('SET', chord.key, chord.tree, 'EX', life) end
  end
end

-- The results of a tree of groups (Celery's `as_tuple()`), as JSON.
local function arranged(node, ends)
  if type(node[2]) ~= 'table' then
    local id = type(node[1]) == 'table' and node[1][1] or node[1]
    return ends[id] and ends[id].result or 'null'
  end
  local results = {}
  for index, member in ipairs(node[2]) do results[index] = arranged(member, ends) end
  return '[' .. table.concat(results, ',') .. ']'
end

-- Whether all members of a chord have ended; then the list of their results as JSON, or what went wrong.
local function outcome_of(key, total)
  local ends, order = {}, {}
  for _, text in ipairs(redis.call('ZRANGE', key .. '.j', 0, -1)) do
    local id, result, state = read_end(text)
    if not ends[id] then order[#order + 1] = id end
    local known = ends[id]
    if not known or (known.state ~= 'SUCCESS' and state == 'SUCCESS') then
      ends[id] = { result = result, state = state }
    end
  end
  if #order < total then return false end
  local results = {}
  for index, id in ipairs(order) do
    local one = ends[id]
    if one.state ~= 'SUCCESS' then return true, nil, 'Dependency ' .. id .. ' raised ' .. shown_error(one.result) end
    results[index] = one.result
  end
  local tree = redis.call('GET', key)
  if tree then return true, arranged(cjson.decode(tree).result, ends) end
  return true, '[' .. table.concat(results, ',') .. ']'
end

-- Notes an end, unless that member's is known. One that went well takes the place of one that did not: it was run once more.
local function note_end(part)
  local key = part.key .. '.j'
  local went_well = select(3, read_end(part.text)) == 'SUCCESS'
  for _, text in ipairs(redis.call('ZRANGEBYSCORE', key, part.score, part.score)) do
    local read, id, _, state = pcall(read_end, text)
    if read and id == part.id then
      if state == 'SUCCESS' or not went_well then return end
      redis.call('ZREM', key, text)
    end
  end
  redis.call('ZADD', key, part.score, part.text)
end

-- Counts an end, and when it was the last does what the chord's end means. life: of the chord's keys, seconds. keep: they stay, for
-- what is to be sent is sent by another step, and this one may be repeated. sent: list that messages are added to.
local function join(part, life, keep, sent)
  note_end(part)
  for _, suffix in ipairs({ '.j', '.t', '.s' }) do
    if redis.call('TTL', part.key .. suffix) < life then redis.call('EXPIRE', part.key .. suffix, life) end
  end
  local size = tonumber(redis.call('GET', part.key .. '.s') or nil)
  if not size then return end
  local total = size + (tonumber(redis.call('GET', part.key .. '.t') or nil) or 0)
  if redis.call('ZCARD', part.key .. '.j') < total then return end
  local read, is_over, results, reason = pcall(outcome_of, part.key, total)
  if not read then is_over, results, reason = true, nil, 'Join error: its results can not be read' end
  if not is_over then return end
  if not keep then redis.call('DEL', part.key .. '.j', part.key .. '.t', part.key .. '.s') end
  -- Whoever knows the group may ask for it, as for a result.
  if redis.call('TTL', part.key) > day then redis.call('EXPIRE', part.key, day) end

  if results then
    local escaped = string.sub(cjson.encode(results), 2, -2)
    for _, message in ipairs(part.done.messages) do
      if message.before then message.text = message.before .. escaped .. message.after end
      sent[#sent + 1] = message
    end
    return open_chords(part.done.chords, life)
  end
  local failure = '{"exc_type":"ChordError","exc_message":[' .. cjson.encode(reason) .. '],"exc_module":"celery.exceptions"}'
  for _, result in ipairs(part.failed.results) do
    store_result(result.key, result.before .. failure .. result.after, result.ttl)
  end
  for _, message in ipairs(part.failed.messages) do sent[#sent + 1] = message end
  for _, outer in ipairs(part.failed.parts) do
    outer.text = '[1,"' .. outer.id .. '","FAILURE",' .. failure .. ']'
    join(outer, life, keep, sent)
  end
end

-- Does all that a plan says (follow-plan.ts). Returns the messages that are to be sent.
local function write_following(plan, keep)
  for _, result in ipairs(plan.results) do store_result(result.key, result.json, result.ttl) end
  open_chords(plan.chords, plan.life)
  -- pcall: a key that somebody else uses for something else must not keep the claim from its end.
  for _, part in ipairs(plan.parts) do pcall(join, part, plan.life, keep, plan.messages) end
  return plan.messages
end
