-- Puts messages on their lists, all of them or none, once: a call that is repeated because its answer was lost changes nothing.
-- Needs: clock, push, limited
-- KEYS[1] mark of this call, by which a repeated one is known
-- ARGV[1] life of the mark, milliseconds
-- ARGV[2] most messages on a queue, scheduled and limited ones included, or '' for no bound
-- ARGV[3] JSON: `queues`, of each its name, how many messages go there, its schedule and its lists; `messages`, of each its list and text
-- returns the name of a queue that is full, or ''; its length then; the server's time
-- The lists' names come out of ARGV[3]: this needs all keys on one server, as Celery's transport does.
local now, plan = string.format('%.0f', now_ms()), cjson.decode(ARGV[3])
if redis.call('EXISTS', KEYS[1]) == 1 then return { '', 0, now } end
for _, queue in ipairs(plan.queues) do
  if ARGV[2] ~= '' then
    local length = redis.call('ZCARD', queue.schedule) + limited_on(queue.schedule)
    for _, list in ipairs(queue.lists) do length = length + redis.call('LLEN', list) end
    if length + queue.count > tonumber(ARGV[2]) then return { queue.name, length, now } end
  end
end
for _, message in ipairs(plan.messages) do
  if not takes_pushes(message.list) then return redis.error_reply('WRONGTYPE ' .. message.list .. ' is no list') end
end
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
for _, message in ipairs(plan.messages) do redis.call('LPUSH', message.list, message.text) end
return { '', 0, now }
