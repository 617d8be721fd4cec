import type { Redis } from 'ioredis'
import type { AsideKind } from './broker.ts'
import type { BrokerKeys } from './keys.ts'

/** What a message can be set aside as. */
export const asideKinds = ['dead', 'unknown', 'unreadable'] as const satisfies readonly AsideKind[]

/** One set of messages that are set aside. */
export interface AsideSet {
  /** The name of its key. */
  readonly name: string
  readonly kind: AsideKind
  readonly queue: string
}

/** A message that is set aside: what is noted of it. */
export interface AsideEntry {
  /** Names it within its set; unique in practice. */
  readonly entry: string
  readonly kind: AsideKind
  readonly queue: string
  /** When it was set aside, Unix milliseconds of the server. */
  readonly time: number
  readonly reason: string
  /** null: its message could not be read that far. */
  readonly taskId: string | null
  readonly taskName: string | null
  /** Class of the last error. */
  readonly error: string | null
  readonly stack: string | null
  /** Durable retries that it had had. */
  readonly retries: number | null
}

/** How to go through a set. */
export interface AsideWalk {
  readonly order: 'newest first' | 'oldest first'
  /** Only entries set aside at this time or later, Unix milliseconds; default: all. */
  readonly from?: number
  /** Only entries set aside at this time or earlier; default: all. */
  readonly upTo?: number
}

/** How many entries are read at a time. */
const chunk = 200

/** All sets of a broker, but for those that a filter rules out. */
export async function asideSets(
  redis: Redis,
  keys: BrokerKeys,
  filter: { readonly kind?: AsideKind; readonly queue?: string },
): Promise<AsideSet[]> {
  const sets: AsideSet[] = []
  for (const name of (await redis.smembers(keys.asideIndex())).toSorted()) {
    const kind = asideKinds.find((kind) => name.startsWith(keys.aside(kind, '')))
    if (kind === undefined || (filter.kind ?? kind) !== kind) continue
    const queue = name.slice(keys.aside(kind, '').length)
    if ((filter.queue ?? queue) === queue) sets.push({ name, kind, queue })
  }
  return sets
}

/**
 * Goes through the entries of a set by time, some at a time. Entries may come and go meanwhile: none that stays is left out,
 * none comes twice.
 */
export async function* walkAside(redis: Redis, set: AsideSet, walk: AsideWalk): AsyncGenerator<AsideEntry[], void> {
  const { kind, queue } = set
  const forwards = walk.order === 'oldest first'
  const low = walk.from ?? -Infinity
  const high = walk.upTo ?? Infinity
  let edge = forwards ? low : high
  // Entries of the very time at which the chunk before ended.
  let seen = new Set<string>()
  for (;;) {
    const most = chunk + seen.size
    const rows = forwards
      ? await redis.zrangebyscore(set.name, score(edge), score(high), 'WITHSCORES', 'LIMIT', 0, most)
      : await redis.zrevrangebyscore(set.name, score(edge), score(low), 'WITHSCORES', 'LIMIT', 0, most)
    const found = pairs(rows).filter(({ entry }) => !seen.has(entry))
    const last = found.at(-1)?.time
    if (last === undefined) return
    const notes = await redis.hmget(`${set.name}:n`, ...found.map(({ entry }) => entry))
    yield found.map(({ entry, time }, index) => ({ entry, kind, queue, time, ...readNote(notes[index] ?? '') }))
    if (rows.length < most * 2) return
    const atEdge = found.filter(({ time }) => time === last).map(({ entry }) => entry)
    seen = new Set(last === edge ? [...seen, ...atEdge] : atEdge)
    edge = last
  }
}

/** A bound as Redis reads it: `-inf` and `+inf` for infinities. */
export function score(time: number): string {
  return Number.isFinite(time) ? String(time) : time < 0 ? '-inf' : '+inf'
}

/** Redis answers members and scores in turn. */
function pairs(rows: readonly string[]): { entry: string; time: number }[] {
  return rows.flatMap((entry, index) => (index % 2 === 0 ? [{ entry, time: Number(rows[index + 1]) }] : []))
}

/** A note as it was written; what is not there, or not as it should be, is null. */
function readNote(json: string): Omit<AsideEntry, 'entry' | 'kind' | 'queue' | 'time'> {
  let note: Record<string, unknown> = {}
  try {
    note = Object(JSON.parse(json)) as Record<string, unknown>
  } catch {
    // Somebody else has written, or removed, it.
  }
  const text = (key: string): string | null => (typeof note[key] === 'string' ? note[key] : null)
  return {
    reason: text('reason') ?? 'its note is missing',
    taskId: text('id'),
    taskName: text('task'),
    error: text('error'),
    stack: text('stack'),
    retries: typeof note['retries'] === 'number' ? note['retries'] : null,
  }
}
