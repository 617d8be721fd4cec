-- Library: messages for several lists, put there all or none. Ask `full_queue` and `not_a_list` first.
-- Needs: push, limited
-- plan: `queues`, of each its name, how many messages go there, its schedule and its lists; `messages`, of each its list and text
-- The lists' names come out of the plan: this needs all keys on one server, as Celery's transport does.

-- most: messages on a queue, scheduled and limited ones included, or '' for no bound. Returns the name of a queue without room and its length, or nil.
local function full_queue(plan, most)
  if most == '' then return nil end
  for _, queue in ipairs(plan.queues) do
    local length = redis.call('ZCARD', queue.schedule) + limited_on(queue.schedule)
    for _, list in ipairs(queue.lists) do length = length + redis.call('LLEN', list) end
    if length + queue.count > tonumber(most) then return queue.name, length end
  end
end

-- Returns an error where a list is none, or nil.
local function not_a_list(plan)
  for _, message in ipairs(plan.messages) do
    if not takes_pushes(message.list) then return redis.error_reply('WRONGTYPE ' .. message.list .. ' is no list') end
  end
end

local function put_all(plan)
  for _, message in ipairs(plan.messages) do redis.call('LPUSH', message.list, message.text) end
end
