import type { Places } from '../config/load-places.ts'
import { redisUrls } from '../config/redis-urls.ts'
import { existingFolder } from '../redis/server-folder.ts'
import { CommandError } from './command-error.ts'
import { commandLog } from './connection-notes.ts'
import { embeddedFolder } from './embedded-folder.ts'
import { RedisPlaces, type RedisUser } from './redis-places.ts'

/** How long a server that is not ours may take to answer, in milliseconds. */
const longestWaitMs = 5_000

/**
 * Gives a command the Redis of some parts, and lets go of it whatever happens. An embedded one that does not run is started for
 * as long as the command runs, where its data is there.
 *
 * @throws RedisSetupError; CommandError where there is no such data
 */
export async function withRedis<T>(
  places: Places,
  users: readonly RedisUser[],
  use: (redis: RedisPlaces) => Promise<T>,
): Promise<T> {
  const isEmbedded = users.some((user) => redisUrls(places)[user].url === null)
  const folder = embeddedFolder(places)
  if (isEmbedded && (await existingFolder(folder)) === null) {
    const expected = 'expected the --data-dir of a worker or service, or the --broker of its Redis'
    throw new CommandError(`there is no embedded Redis in ${folder}: ${expected}`, { exit: 'unavailable' })
  }
  const redis = await RedisPlaces.open(isEmbedded ? places : forSomebodyWaiting(places), users, commandLog())
  try {
    return await use(redis)
  } finally {
    await redis.close()
  }
}

/** A start may wait long for a server; a person who asks is told sooner. The embedded one is given its time to load. */
function forSomebodyWaiting(places: Places): Places {
  const startTimeoutMs = Math.min(places.redis.startTimeoutMs, longestWaitMs)
  return { ...places, redis: { ...places.redis, startTimeoutMs } }
}
