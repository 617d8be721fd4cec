// Puts messages on a list, one by one: a script call each, and nothing that a queue would have to do beside.
import { Redis } from 'ioredis'
import { given, tell } from '../given.mjs'
import { measureSending } from '../sending.mjs'

/** As long as one of Lovage's, in characters. */
const MESSAGE = 'x'.repeat(440)

const redis = new Redis(given.url)
const sha = await redis.script('LOAD', "return redis.call('LPUSH', KEYS[1], ARGV[1])")
const send = () => redis.evalsha(String(sha), 1, 'waiting', MESSAGE)
const { one } = await measureSending({ one: given.one, many: 0, send, sendMany: async () => {} })
tell({ one })
redis.disconnect()
