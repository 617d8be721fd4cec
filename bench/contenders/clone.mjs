// Makes many messages in Celery's format out of one, under ids of their own.
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { given, tell } from './given.mjs'

/** So many messages in one command. */
const GROUP = 500

const redis = new Redis(given.broker)
for (const { from, copies } of given.lists) {
  const message = await redis.rpop(from)
  if (message === null) throw new Error(`there is no message on ${from} to make others of`)
  const { headers, properties } = JSON.parse(message)
  for (const { to, count } of copies) {
    for (let made = 0; made < count; made += GROUP) {
      const clones = Array.from({ length: Math.min(GROUP, count - made) }, () =>
        message.replaceAll(properties.delivery_tag, randomUUID()).replaceAll(headers.id, randomUUID()),
      )
      await redis.lpush(to, ...clones)
    }
  }
}
tell({ lists: given.lists.length })
redis.disconnect()
