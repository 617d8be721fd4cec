import type { Redis } from 'ioredis'
import { loadPlaces, type Places } from '../config/load-places.ts'
import { redisUrls } from '../config/redis-urls.ts'
import { parseRedisUrl, withDatabase, type RedisAddress } from '../redis/address.ts'
import { connect, ready, type ConnectOptions } from '../redis/connection.ts'
import { embeddedSocket } from '../redis/embedded-control.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** How long a server that is there may take to be ready, in milliseconds. */
const longestWaitMs = 5_000

/** Where the broker is, as it was typed; what is left out is found as by a worker. */
export interface BrokerPlace {
  readonly broker?: string
  readonly dataDir?: string
}

/**
 * Connects a command to the queue's Redis. Starts nothing, the embedded Redis neither.
 *
 * @returns a connection that is ready, and whoever asks disconnects; null: it is the embedded one, and that does not run
 * @throws what `ready` throws where the server does not answer
 */
export async function connectToBroker(
  { broker, dataDir }: BrokerPlace,
  how: Omit<ConnectOptions, 'commandTimeoutMs' | 'connectTimeoutMs'>,
): Promise<Redis | null> {
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir } })
  const address = await brokerAddress(places)
  if (address === null) return null
  const { commandTimeoutMs, connectTimeoutMs } = places.redis
  const client = connect(address, { ...how, commandTimeoutMs, connectTimeoutMs })
  try {
    await ready(client, longestWaitMs)
    return client
  } catch (error) {
    client.disconnect()
    throw error
  }
}

async function brokerAddress(places: Places): Promise<RedisAddress | null> {
  const { url, database } = redisUrls(places).broker
  if (url !== null) return withDatabase(parseRedisUrl(url), database)
  const socketPath = await embeddedSocket(embeddedFolder(places))
  return socketPath === null ? null : { socketPath, db: database }
}
