// Makes many messages in Celery's format out of the one on each list, under ids of their own.
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { given, tell } from './given.mjs'

/** So many messages in one command. */
const GROUP = 500

const redis = new Redis(given.broker)
for (const { from, to, count } of given.lists) {
  const [message] = await redis.lrange(from, 0, 0)
  if (message === undefined) throw new Error(`there is no message on ${from} to make others of`)
  const { headers, properties } = JSON.parse(message)
  await redis.del(from)
  for (let made = 0; made < count; made += GROUP) {
    const size = Math.min(GROUP, count - made)
    const clones = Array.from({ length: size }, () =>
      message.replaceAll(properties.delivery_tag, randomUUID()).replaceAll(headers.id, randomUUID()),
    )
    await redis.lpush(to, ...clones)
  }
}
tell({ lists: given.lists.length })
redis.disconnect()
