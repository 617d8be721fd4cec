-- Library: results.

-- Writes a result and announces it on a channel of the key's name. Celery's rule: a success is never overwritten.
local function store_result(key, json, seconds)
  if not redis.call('SET', key, json, 'EX', seconds, 'NX') then
    -- pcall: an error here would end the script behind the end of the claim, and lose the message; SET replaces any type.
    local known = redis.pcall('GET', key)
    if type(known) == 'string' then
      local read, meta = pcall(cjson.decode, known)
      if read and type(meta) == 'table' and meta.status == 'SUCCESS' then return end
    end
    redis.call('SET', key, json, 'EX', seconds)
  end
  redis.call('PUBLISH', key, json)
end
