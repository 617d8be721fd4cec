import type { Places } from '../config/load-places.ts'
import { redisUrls } from '../config/redis-urls.ts'
import { parseRedisUrl, withDatabase, type RedisAddress } from '../redis/address.ts'
import { embeddedSocket } from '../redis/embedded-control.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** Where the queue's Redis is. Starts nothing; null: it is the embedded one, and that does not run. */
export async function brokerAddress(places: Places): Promise<RedisAddress | null> {
  const { url, database } = redisUrls(places).broker
  if (url !== null) return withDatabase(parseRedisUrl(url), database)
  const socketPath = await embeddedSocket(embeddedFolder(places))
  return socketPath === null ? null : { socketPath, db: database }
}
