import type { Redis } from 'ioredis'

/** The key that is written. Its life, in milliseconds. */
const probeKey = 'lovage:probe'
const probeLifeMs = 10_000

/**
 * Writes a key that goes by itself, to see whether the server works: it is there, has loaded, may write and has room.
 *
 * @throws what the server or the connection says
 */
export async function tryWrite(client: Redis): Promise<void> {
  await client.set(probeKey, process.pid, 'PX', probeLifeMs)
}

/** Why a write failed, for people: the server's own words, or why there is no connection. */
export function writeFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^(?:Redis is not ready|the connection was lost): /, '')
}
