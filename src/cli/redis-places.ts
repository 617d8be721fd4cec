import type { Redis } from 'ioredis'
import type { Places } from '../config/load-places.ts'
import { redisUrls, type RedisPlace } from '../config/redis-urls.ts'
import { describeAddress, parseRedisUrl, serverOf, withDatabase, type RedisAddress } from '../redis/address.ts'
import { connect, ready, type ConnectionRole } from '../redis/connection.ts'
import { describeDurability } from '../redis/durability.ts'
import { startEmbedded, type EmbeddedRedis } from '../redis/embedded.ts'
import type { Logger } from '../redis/logger.ts'
import { OutageLog, type OutageLogger } from '../redis/outage-log.ts'
import { embeddedFolder } from './embedded-folder.ts'

/** The parts that use a Redis. */
export type RedisUser = 'broker' | 'results' | 'sessions' | 'codes'

/** Where they are. */
type RedisSettings = Pick<Places, 'dataDir' | 'redis'>

/** A log that also takes what only somebody looking for a fault wants to know. */
type DebugLogger = Logger & { debug(fields: object, message: string): void }

/** The longest that a command on a blocking connection waits at the server, in milliseconds: the broker's waits for 1 s. */
const maxBlockMs = 2_000

/**
 * The Redis of each part: the embedded one, started where no address is set, or those that the settings name.
 *
 * 1. open: starts or finds the embedded Redis, where any part needs it.
 * 2. connect: gives a part a ready connection to its database. When a server goes and when it is back is logged, once per
 *    server. Of the broker's the worker tells that, so once it has been reached, its connections tell the debug log alone.
 * 3. close: ends the connections; the last process on the embedded Redis stops it.
 */
export class RedisPlaces {
  readonly #settings: RedisSettings
  readonly #logger: DebugLogger
  readonly #embedded: EmbeddedRedis | null
  readonly #clients: { user: RedisUser; role: ConnectionRole; client: Redis }[] = []
  /** By server. */
  readonly #outages = new Map<string, OutageLog>()
  #brokerReached = false

  private constructor(settings: RedisSettings, logger: DebugLogger, embedded: EmbeddedRedis | null) {
    this.#settings = settings
    this.#logger = logger
    this.#embedded = embedded
  }

  /** @throws RedisSetupError where the embedded Redis can not be started */
  static async open(settings: RedisSettings, users: readonly RedisUser[], logger: DebugLogger): Promise<RedisPlaces> {
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
    const { commandTimeoutMs, connectTimeoutMs, startTimeoutMs } = this.#settings.redis
    const address = this.address(user)
    const client = connect(address, {
      name: `lovage-${user}`,
      role,
      logger: this.#logger,
      outages: this.#outagesOf(address),
      commandTimeoutMs,
      connectTimeoutMs,
      maxBlockMs,
    })
    this.#clients.push({ user, role, client })
    try {
      await ready(client, startTimeoutMs)
    } catch (error) {
      // Whoever asks again gets another one; this one must not go on trying beside it.
      client.disconnect()
      throw error
    }
    if (user === 'broker') this.#brokerReached = true
    return client
  }

  /** Connections that commands go over, by the part that uses them. */
  get commandClients(): ReadonlyMap<RedisUser, Redis> {
    return new Map(this.#clients.filter(({ role }) => role === 'commands').map(({ user, client }) => [user, client]))
  }

  /** Where a part's data is. With its password, so it is not to be shown as it is. */
  address(user: RedisUser): RedisAddress {
    const { url, database } = this.#place(user)
    if (url !== null) return withDatabase(parseRedisUrl(url), database)
    if (this.#embedded === null) throw new Error(`the embedded Redis was not opened for ${user}`)
    return this.#embedded.address(database)
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
    return `${describeAddress(this.address(user))} (${kind}${kept})`
  }

  async close(): Promise<void> {
    for (const { client } of this.#clients) client.disconnect()
    await this.#embedded?.release()
  }

  /** Whether its server is known: the embedded one may have been opened for nobody. */
  #isOpen(user: RedisUser): boolean {
    return this.#embedded !== null || this.#place(user).url !== null
  }

  #outagesOf(address: RedisAddress): OutageLog {
    const server = serverOf(address)
    const known = this.#outages.get(server)
    if (known !== undefined) return known
    const isBrokers = this.#isOpen('broker') && server === serverOf(this.address('broker'))
    const outages = new OutageLog({ redis: server }, (reason) =>
      isBrokers ? this.#brokersLogger(reason) : this.#logger,
    )
    this.#outages.set(server, outages)
    return outages
  }

  /** Out of memory, tasks are still taken, and only sending fails: the worker does not notice. */
  #brokersLogger(reason: string): OutageLogger {
    if (!this.#brokerReached || reason.startsWith('OOM')) return this.#logger
    const debug: OutageLogger['info'] = (fields, message) => this.#logger.debug(fields, message)
    return { info: debug, warn: debug }
  }

  #place(user: RedisUser): RedisPlace {
    return redisUrls(this.#settings)[user]
  }
}
