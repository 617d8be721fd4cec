import type { Redis } from 'ioredis'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('drain-limited', ['push', 'limited'])

/** Most messages that are moved together: bounds how long Redis is busy. */
const chunk = 200

/** What became of the messages of a queue that waited for a rate limit. */
export interface DrainedLimited {
  readonly moved: number
  /** Those that could not be moved. */
  readonly left: number
}

/** How many messages wait for a rate limit on a queue. @param limited key of their counts */
export async function limitedSize(redis: Redis, limited: string): Promise<number> {
  return (await redis.hvals(limited)).reduce((sum, count) => sum + Number(count), 0)
}

/**
 * Moves all that wait for a rate limit to the end of their lists that is served next, each task's in their order: nobody else
 * looks after them.
 *
 * @param onMoved called after each step with how many it has moved; what it throws ends the work between two steps
 */
export async function drainLimited(
  redis: Redis,
  schedule: string,
  onMoved: (count: number) => Promise<void>,
): Promise<DrainedLimited> {
  let total = 0
  for (;;) {
    const [moved = 0, left = 0] = (await script.run(redis, [schedule], [chunk])) as number[]
    total += moved
    if (moved === 0) return { moved: total, left }
    await onMoved(moved)
  }
}
