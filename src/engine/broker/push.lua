-- Library: whether a message can be put on a list. Asked before it is taken from where it is: an error behind that would lose it.
local function takes_pushes(list)
  local kind = redis.call('TYPE', list).ok
  return kind == 'list' or kind == 'none'
end
