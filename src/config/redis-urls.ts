import { redisUrlDatabase } from './redis-url-format.ts'
import type { ResolvedSettings } from './settings-types.ts'

/** Where one part of Lovage finds its Redis. */
export interface RedisPlace {
  /** As it was set; null: the embedded Redis. */
  readonly url: string | null
  /** Number of the database to select, whatever the address says. */
  readonly database: number
}

/** The Redis of each part that uses one. */
export interface RedisUrls {
  readonly sessions: RedisPlace
  readonly codes: RedisPlace
  readonly broker: RedisPlace
  readonly results: RedisPlace
}

/**
 * Decides which Redis each part uses: its own address, else `redis.url`, else the embedded one. A database number in
 * the address wins over `redis.databases`, so one in `redis.url` puts everything there. Results are with the broker
 * unless they have an address of their own; if that names no database, it is `databases.broker`.
 */
export function redisUrls({ redis }: Pick<ResolvedSettings, 'redis'>): RedisUrls {
  const place = (own: string | null, database: number): RedisPlace => {
    const url = own ?? redis.url
    return { url, database: (url === null ? null : redisUrlDatabase(url)) ?? database }
  }
  const broker = place(redis.brokerUrl, redis.databases.broker)
  return {
    sessions: place(redis.sessionsUrl, redis.databases.sessions),
    codes: place(redis.codesUrl, redis.databases.codes),
    broker,
    results: redis.resultsUrl === null ? broker : place(redis.resultsUrl, redis.databases.broker),
  }
}
