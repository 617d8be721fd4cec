import { formatEndpoint, parseEndpoint, type Endpoint } from './endpoint.ts'
import { RedisSetupError } from './errors.ts'

/** Where a Redis is: an address as text, or a Unix socket. */
export type RedisAddress =
  | { readonly url: string }
  | {
      readonly socketPath: string
      readonly db: number
      readonly username?: string
      readonly password?: string
    }

/**
 * Reads an address: `redis://`, `rediss://`, `unix://` or `redis+socket://`, `redis+sentinel://` or `rediss+sentinel://`.
 *
 * @throws RedisSetupError BAD_ADDRESS; its message never holds a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  return addressOf(parseEndpoint(url))
}

/**
 * The same Redis, another database.
 *
 * @param db a whole number from 0
 * @throws RedisSetupError BAD_ADDRESS, BAD_OPTION
 */
export function withDatabase(address: RedisAddress, db: number): RedisAddress {
  if (!Number.isSafeInteger(db) || db < 0) {
    throw new RedisSetupError('BAD_OPTION', `the database must be a whole number from 0, got ${db}`)
  }
  return addressOf({ ...endpointOf(address), database: db })
}

/** An address for people: with the database, without the password and the query. */
export function describeAddress(address: RedisAddress): string {
  const endpoint = endpointOf(address)
  return formatEndpoint({ ...endpoint, database: endpoint.database ?? 0 }, { masked: true })
}

/** The server of an address, without user and database: the same text for the same server. */
export function serverOf(address: RedisAddress): string {
  const server = { ...endpointOf(address), database: null, username: null, password: null }
  return formatEndpoint(server, { masked: true })
}

/** @internal An address taken apart. */
export function endpointOf(address: RedisAddress): Endpoint {
  if ('url' in address) return parseEndpoint(address.url)
  const { socketPath, db, username = null, password = null } = address
  return { kind: 'socket', path: socketPath, database: db, username, password, query: {} }
}

function addressOf(endpoint: Endpoint): RedisAddress {
  if (endpoint.kind !== 'socket') return { url: formatEndpoint(endpoint, { masked: false }) }
  const { path, database, username, password } = endpoint
  return {
    socketPath: path,
    db: database ?? 0,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  }
}
