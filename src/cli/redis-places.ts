import type { Redis } from 'ioredis'
import { redisUrls, type RedisPlace } from '../config/redis-urls.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { describeAddress, parseRedisUrl, withDatabase, type RedisAddress } from '../redis/address.ts'
import { connect, ready, type ConnectionRole } from '../redis/connection.ts'
import { describeDurability } from '../redis/durability.ts'
import { startEmbedded, type EmbeddedRedis } from '../redis/embedded.ts'
import type { Logger } from '../redis/logger.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** The parts that use a Redis. */
export type RedisUser = 'broker' | 'results' | 'sessions' | 'codes'

/**
 * The Redis of each part: the embedded one, started where no address is set, or those that the settings name.
 *
 * 1. open: starts or finds the embedded Redis, where any part needs it.
 * 2. connect: gives a part a ready connection to its database.
 * 3. close: ends the connections; the last process on the embedded Redis stops it.
 */
export class RedisPlaces {
  readonly #settings: ResolvedSettings
  readonly #logger: Logger
  readonly #embedded: EmbeddedRedis | null
  readonly #clients: { user: RedisUser; client: Redis }[] = []

  private constructor(settings: ResolvedSettings, logger: Logger, embedded: EmbeddedRedis | null) {
    this.#settings = settings
    this.#logger = logger
    this.#embedded = embedded
  }

  /** @throws RedisSetupError where the embedded Redis can not be started */
  static async open(settings: ResolvedSettings, users: readonly RedisUser[], logger: Logger): Promise<RedisPlaces> {
    const places = redisUrls(settings)
    if (users.every((user) => places[user].url !== null)) return new RedisPlaces(settings, logger, null)
    const { embedded: options, startTimeoutMs } = settings.redis
    const folder = embeddedFolder(settings)
    const embedded = await startEmbedded({
      folder,
      appendfsync: options.appendfsync,
      loadTimeoutMs: startTimeoutMs,
      logger,
    })
    return new RedisPlaces(settings, logger, embedded)
  }

  /** @throws RedisSetupError where the server does not answer in time */
  async connect(user: RedisUser, role: ConnectionRole = 'commands'): Promise<Redis> {
    const { commandTimeoutMs, startTimeoutMs } = this.#settings.redis
    const client = connect(this.#address(user), {
      name: `lovage-${user}`,
      role,
      logger: this.#logger,
      commandTimeoutMs,
    })
    this.#clients.push({ user, client })
    await ready(client, startTimeoutMs)
    return client
  }

  /** Whether two parts use one database of one server. */
  same(one: RedisUser, other: RedisUser): boolean {
    return JSON.stringify(this.#place(one)) === JSON.stringify(this.#place(other))
  }

  /** For people: where a part's data is, without passwords, and how the server keeps it. */
  async describe(user: RedisUser): Promise<string> {
    const open = this.#clients.find((connected) => this.same(connected.user, user))
    const kept = open === undefined ? 'not connected' : await describeDurability(open.client)
    const kind = this.#place(user).url === null ? 'embedded, ' : ''
    return `${describeAddress(this.#address(user))} (${kind}${kept})`
  }

  async close(): Promise<void> {
    for (const { client } of this.#clients) client.disconnect()
    await this.#embedded?.release()
  }

  #place(user: RedisUser): RedisPlace {
    return redisUrls(this.#settings)[user]
  }

  #address(user: RedisUser): RedisAddress {
    const { url, database } = this.#place(user)
    if (url !== null) return withDatabase(parseRedisUrl(url), database)
    if (this.#embedded === null) throw new Error(`the embedded Redis was not opened for ${user}`)
    return this.#embedded.address(database)
  }
}
