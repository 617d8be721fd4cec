-- Library: a batch of claims of one start, just made. Needs the name of the list that its messages come from.

-- claims: hash of the start's batches, number -> list; lease: its key, value and life; start: the set of all starts, and this one
local function hold(claims, number, list, lease_key, lease, lease_ms, starts, start)
  redis.call('HSET', claims, number, list)
  -- Whoever claims is alive: others must not take these claims for a dead process's.
  if redis.call('PEXPIRE', lease_key, lease_ms) == 0 then
    redis.call('SET', lease_key, lease, 'PX', lease_ms)
    -- Whoever took us for dead has struck us off: claims of a start that nobody knows of would never come back.
    redis.call('SADD', starts, start)
  end
end
