import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { withEta } from '../encode-message.ts'
import { behindPrefix } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { serverTime } from './server-time.ts'

const script = new LuaScript('drain-schedule', ['push'])

/** Most messages, and bytes of messages, that are moved together: bounds what this process holds, and how long Redis is busy. */
const chunk = 200
const chunkBytes = 4_194_304

/** What became of a schedule. */
export interface DrainedSchedule {
  readonly moved: number
  /** Those that could not be moved. */
  readonly left: number
  /** When the last one is due, Unix milliseconds; null: none was moved that is due later. */
  readonly farthest: number | null
}

/** A scheduled message. */
interface Entry {
  readonly id: string
  readonly due: number
}

/** What would be moved of a schedule. */
export async function scheduleSize(redis: Redis, schedule: string): Promise<DrainedSchedule> {
  const moved = await redis.zcard(schedule)
  const [, last] = await redis.zrevrange(schedule, 0, 0, 'WITHSCORES')
  return {
    moved,
    left: 0,
    farthest: last !== undefined && Number(last) > (await serverTime(redis)) ? Number(last) : null,
  }
}

/**
 * Moves all that is scheduled to its lists.
 *
 * 1. What is overdue, from the last one on, to the end that is served next: so the first one ends up foremost.
 * 2. The rest, from the first one on, behind all others: each says itself when it is due, as Celery has it. So do those go
 *    that wait for others to take them (for-others.ts), as they are.
 *
 * @param onMoved called after each step with how many it has moved; what it throws ends the work between two steps
 */
export async function drainSchedule(
  redis: Redis,
  schedule: string,
  onMoved: (count: number) => Promise<void>,
): Promise<DrainedSchedule> {
  const now = await serverTime(redis)
  const farthest = (await scheduleSize(redis, schedule)).farthest
  let moved = 0
  // Those that stay are passed over.
  const left = { overdue: 0, all: 0 }
  for (;;) {
    const rows = await redis.zrevrangebyscore(schedule, now, '-inf', 'WITHSCORES', 'LIMIT', left.overdue, chunk)
    if (rows.length === 0) break
    const entries = entriesOf(rows)
    const overdue = await firstOf(redis, schedule, entries)
    const done = await move(
      redis,
      schedule,
      overdue.filter(({ id }) => !isBehind(id)),
      'next',
    )
    moved += done
    left.overdue += overdue.length - done
    await onMoved(done)
  }
  for (;;) {
    const entries = entriesOf(
      await redis.zrange(schedule, String(left.all), String(left.all + chunk - 1), 'WITHSCORES'),
    )
    if (entries.length === 0) break
    const some = await firstOf(redis, schedule, entries)
    const done = await move(redis, schedule, some, 'last')
    moved += done
    left.all += some.length - done
    await onMoved(done)
  }
  return { moved, left: left.all, farthest: moved > 0 ? farthest : null }
}

/** As many of them as may be held at once, at least one. */
async function firstOf(redis: Redis, schedule: string, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const sizes = await Promise.all(entries.map(({ id }) => redis.hstrlen(`${schedule}:m`, id)))
  let sum = 0
  const fitting = sizes.findIndex((size, index) => (sum += size) > chunkBytes && index > 0)
  return fitting < 0 ? entries : entries.slice(0, fitting)
}

/** @returns how many are not on the schedule any more */
async function move(redis: Redis, schedule: string, entries: readonly Entry[], end: 'next' | 'last'): Promise<number> {
  if (entries.length === 0) return 0
  const stored = await redis.hmgetBuffer(`${schedule}:m`, ...entries.map(({ id }) => id))
  const args: (string | Buffer)[] = [end]
  const orphans: string[] = []
  for (const [index, { id, due }] of entries.entries()) {
    const raw = stored[index] ?? null
    if (raw === null) orphans.push(id)
    else
      args.push(
        id,
        createHash('sha1').update(raw).digest('hex'),
        end === 'next' || isBehind(id) ? '' : textOf(raw, due),
      )
  }
  // Promoted meanwhile, or of nobody.
  if (orphans.length > 0) await redis.zrem(schedule, ...orphans)
  const [moved = 0] = (await script.run(redis, [schedule], args)) as number[]
  return moved + orphans.length
}

/** The message with its time, where it does not say it itself; '' as it is. */
function textOf(stored: Buffer, due: number): string {
  return withEta(stored.subarray(stored.indexOf(0) + 1), due) ?? ''
}

function isBehind(id: string): boolean {
  return id.startsWith(behindPrefix)
}

function entriesOf(rows: readonly string[]): Entry[] {
  return rows.flatMap((id, index) => (index % 2 === 0 ? [{ id, due: Number(rows[index + 1]) }] : []))
}
