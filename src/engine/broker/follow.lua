-- Library: messages that are sent because a task has ended. Needs: set-aside, push
-- One whose list can not take it is set aside instead: it must not keep the claim from its end.
local function send_following(messages, index, now, max, life)
  for _, message in ipairs(messages) do
    if takes_pushes(message.list) then
      redis.call('LPUSH', message.list, message.text)
    else
      set_aside(message.dead, index, message.id, message.text, message.note, now, max, life, '')
    end
  end
end
