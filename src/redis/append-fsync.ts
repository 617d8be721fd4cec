import type { Redis } from 'ioredis'

/** When the append-only file is written through to the disk: before each answer, every second, or when the system likes. */
export type AppendFsync = 'always' | 'everysec' | 'no'

/** From the weakest to the strongest. */
export const appendFsyncs: readonly AppendFsync[] = ['no', 'everysec', 'always']

/**
 * Sees to it that a running server keeps the promise of `wanted`. It may have been started with another setting; then the stronger
 * one holds: raised here, never lowered, as other processes rely on it.
 *
 * @returns what the server had
 */
export async function raiseAppendFsync(client: Redis, wanted: AppendFsync): Promise<string> {
  const [, current = 'unknown'] = await client.config('GET', 'appendfsync')
  if (appendFsyncs.findIndex((each) => each === current) < appendFsyncs.indexOf(wanted)) {
    await client.config('SET', 'appendfsync', wanted)
  }
  return current
}
