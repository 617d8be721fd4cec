-- Library: batches of claims. A start's claims are a hash, number of the batch -> key of the list that it was taken from, and
-- beside it <hash>:<number>, a list of the messages; one that was settled while others of its batch go on is overwritten.

-- No message looks like it: it is not JSON, and garbage that looks like it is nobody's loss.
local settled = '\0settled'

-- Changes nothing; but a server that is out of memory refuses a script only at its first write, and refuses no HDEL: what comes
-- after this passes.
local function begin_writing(claims) redis.call('HDEL', claims, '') end

-- Ends the claim of one message that is there. over: nothing of its batch is left.
local function end_claim(claims, batch, place, over)
  if over then
    redis.call('DEL', claims .. ':' .. batch)
    redis.call('HDEL', claims, batch)
  else
    redis.call('LSET', claims .. ':' .. batch, place, settled)
  end
end
