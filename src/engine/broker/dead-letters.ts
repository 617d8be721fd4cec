import type { Redis } from 'ioredis'
import { asideSets, score, walkAside, type AsideEntry, type AsideSet } from './aside-entries.ts'
import type { AsideKind } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { MoveBack, type AsidePlace, type MoveResult } from './move-back.ts'
import { ReleaseKnown } from './release-known.ts'
import { serverTime } from './server-time.ts'

const purgeScript = new LuaScript('purge-aside', ['set-aside'])
const trimScript = new LuaScript('trim-aside', ['clock', 'set-aside'])

const dayMs = 86_400_000

/** Which messages are meant; what is left out rules nothing out. */
export interface AsideFilter {
  readonly kind?: AsideKind
  readonly queue?: string
  /** Name of the task. */
  readonly task?: string
  /** Set aside at least so long ago, in milliseconds. */
  readonly olderThanMs?: number
}

/** What a step of a retry of many has done. */
export interface RetryStep {
  readonly moved: number
  /** How many were left because their message is gone: those that the steps before it have left are among them, so the last step's are all. */
  readonly left: number
  /** The step meant what was set aside until then, Unix milliseconds: so do the steps after it. */
  readonly before: number
  /** Whether it was the last step. */
  readonly done: boolean
}

/** A message that is set aside, in a list. */
export interface DeadLetter extends AsideEntry {
  /** Size of the message itself; null: it is gone, because its task has expired. */
  readonly bytes: number | null
}

/** All that is kept of a message that is set aside. */
export interface DeadLetterDetails extends DeadLetter {
  /** The message, byte for byte; null: it is gone. */
  readonly raw: Buffer | null
  /** A .cpuprofile of its thread, JSON, where one was made. */
  readonly profile: string | null
}

/** Messages that are set aside (dead letters, unknown tasks, unreadable messages), to look at and to work on. */
export class DeadLetters {
  readonly #redis: Redis
  readonly #keys: BrokerKeys
  readonly #moveBack: MoveBack
  readonly #releaseKnown: ReleaseKnown

  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
    this.#moveBack = new MoveBack(parts)
    this.#releaseKnown = new ReleaseKnown({ ...parts, moveBack: this.#moveBack })
  }

  /**
   * Some of them, the newest first.
   *
   * @param query.limit most to list, from 0
   * @param query.offset how many of the newest to leave out
   * @returns with how many there are in all, and the server's time, Unix milliseconds
   */
  async list(
    query: AsideFilter & { readonly limit: number; readonly offset?: number },
  ): Promise<{ letters: DeadLetter[]; total: number; now: number }> {
    const { limit, offset = 0, task } = query
    const now = await serverTime(this.#redis)
    const upTo = query.olderThanMs === undefined ? Infinity : now - query.olderThanMs
    const found: AsideEntry[] = []
    let total = 0
    for (const set of await asideSets(this.#redis, this.#keys, query)) {
      let missing = offset + limit
      // Names are in the notes alone: to count those of a task is to read them all.
      if (task === undefined) total += await this.#redis.zcount(set.name, '-inf', score(upTo))
      if (task === undefined && missing === 0) continue
      for await (const entries of walkAside(this.#redis, set, { order: 'newest first', upTo })) {
        const meant = entries.filter(({ taskName }) => task === undefined || taskName === task)
        if (task !== undefined) total += meant.length
        found.push(...meant.slice(0, missing))
        missing = Math.max(missing - meant.length, 0)
        if (task === undefined && missing === 0) break
      }
    }
    const wanted = found.toSorted((one, other) => other.time - one.time).slice(offset, offset + limit)
    const letters = await Promise.all(wanted.map(async (entry) => ({ ...entry, bytes: await this.#bytes(entry) })))
    return { letters, total, now }
  }

  /**
   * All that is kept of one.
   *
   * @param id of the entry, or of the task: then its newest entry
   * @returns null: there is none
   */
  async show(id: string): Promise<DeadLetterDetails | null> {
    const entry = await this.find(id)
    if (entry === null) return null
    const key = this.#keys.aside(entry.kind, entry.queue)
    const raw = await this.#redis.getBuffer(`${key}:m:${entry.entry}`)
    const profile = await this.#redis.get(`${key}:p:${entry.entry}`)
    return { ...entry, bytes: raw?.byteLength ?? null, raw, profile }
  }

  /** The same without what is large. */
  async letter(id: string): Promise<DeadLetter | null> {
    const entry = await this.find(id)
    return entry === null ? null : { ...entry, bytes: await this.#bytes(entry) }
  }

  /** Finds one by the id of its entry, or of its task: then the newest. */
  async find(id: string): Promise<AsideEntry | null> {
    const sets = await asideSets(this.#redis, this.#keys, {})
    for (const set of sets) {
      const time = Number((await this.#redis.zscore(set.name, id)) ?? NaN)
      if (Number.isNaN(time)) continue
      const walk = { order: 'oldest first', from: time, upTo: time } as const
      const found = await first(walkAside(this.#redis, set, walk), ({ entry }) => entry === id)
      if (found !== null) return found
    }
    const byTask = await Promise.all(
      sets.map((set) => first(walkAside(this.#redis, set, { order: 'newest first' }), ({ taskId }) => taskId === id)),
    )
    const found = byTask.filter((entry) => entry !== null)
    return found.toSorted((one, other) => other.time - one.time)[0] ?? null
  }

  /** Puts one back on its queue, behind all others: with all its retries, where it is readable; else byte for byte. */
  async retry(place: AsidePlace): Promise<MoveResult> {
    return this.#moveBack.one(place, await serverTime(this.#redis))
  }

  /**
   * Does that with all that are meant and were set aside before now, per set the oldest first.
   *
   * @param onProgress told after each chunk
   * @returns how many were put back, and how many were left because their message is gone
   */
  async retryAll(
    filter: AsideFilter,
    onProgress: (done: { moved: number; left: number }) => void = () => {},
  ): Promise<{ moved: number; left: number }> {
    const done = { moved: 0, left: 0 }
    for await (const { entries } of this.#chunks(filter)) {
      const moved = await this.#moveBack.all(entries, await serverTime(this.#redis))
      done.moved += moved
      done.left += entries.length - moved
      onProgress({ ...done })
    }
    return done
  }

  /**
   * One step of the same: until so many were put back, or a few more. What fails again meanwhile and is set aside anew is not meant by the steps
   * that come after it.
   *
   * @param before as the step before says; null: it is the first one
   */
  async retrySome(filter: AsideFilter, most: number, before: number | null): Promise<RetryStep> {
    const until = before ?? (await this.#newest(filter))
    const done = { moved: 0, left: 0 }
    for await (const { entries } of this.#chunks(filter, until)) {
      const moved = await this.#moveBack.all(entries, await serverTime(this.#redis))
      done.moved += moved
      done.left += entries.length - moved
      if (done.moved >= most) return { ...done, before: until, done: false }
    }
    return { ...done, before: until, done: true }
  }

  /**
   * Drops all that are meant and were set aside before now.
   *
   * @param onProgress told after each chunk
   * @returns how many
   */
  async purge(filter: AsideFilter, onProgress: (count: number) => void = () => {}): Promise<number> {
    let count = 0
    for await (const { set, entries } of this.#chunks(filter)) {
      const ids = entries.map(({ entry }) => entry)
      count += Number(await purgeScript.run(this.#redis, [set.name], ids))
      onProgress(count)
    }
    return count
  }

  /** Puts parked messages back, as they are, whose task is among `names`; returns how many. Cheap where there are none. */
  releaseKnown(names: ReadonlySet<string>, queues: readonly string[]): Promise<number> {
    return this.#releaseKnown.release(names, queues)
  }

  /**
   * Drops what is over the bounds, in every set.
   *
   * @param max most messages to keep in a set
   * @param days how long they are kept
   * @returns how many were dropped, of each kind
   */
  async trim(max: number, days: number): Promise<Record<AsideKind, number>> {
    const dropped = { dead: 0, unknown: 0, unreadable: 0 }
    for (const { name, kind } of await asideSets(this.#redis, this.#keys, {})) {
      // One call drops a part at most, so that Redis is never busy with it for long.
      for (let more = true; more;) {
        const count = Number(await trimScript.run(this.#redis, [name, this.#keys.asideIndex()], [max, days * dayMs]))
        dropped[kind] += count
        more = count > 0
      }
    }
    return dropped
  }

  /** What a filter means, some at a time; what is set aside from now on is not among it. */
  async *#chunks(
    filter: AsideFilter,
    until = Infinity,
  ): AsyncGenerator<{ set: AsideSet; entries: AsideEntry[] }, void> {
    const { olderThanMs } = filter
    const oldest = olderThanMs === undefined ? Infinity : (await serverTime(this.#redis)) - olderThanMs
    const latest = Math.min(oldest, until)
    for (const set of await asideSets(this.#redis, this.#keys, filter)) {
      const upTo = Math.min(await this.#newestIn(set), latest)
      for await (const chunk of walkAside(this.#redis, set, { order: 'oldest first', upTo })) {
        const entries = chunk.filter(({ taskName }) => filter.task === undefined || taskName === filter.task)
        if (entries.length > 0) yield { set, entries }
      }
    }
  }

  /** When the newest of those that are meant was set aside, Unix milliseconds; 0: there are none. */
  async #newest(filter: AsideFilter): Promise<number> {
    const sets = await asideSets(this.#redis, this.#keys, filter)
    return Math.max(0, ...(await Promise.all(sets.map((set) => this.#newestIn(set)))))
  }

  /** Not the time of now: the server's clock may have been set back since. */
  async #newestIn(set: AsideSet): Promise<number> {
    const [, newest = '0'] = await this.#redis.zrevrange(set.name, 0, 0, 'WITHSCORES')
    return Number(newest)
  }

  async #bytes({ kind, queue, entry }: AsidePlace): Promise<number | null> {
    const key = `${this.#keys.aside(kind, queue)}:m:${entry}`
    const [bytes, there] = await Promise.all([this.#redis.strlen(key), this.#redis.exists(key)])
    return there === 0 ? null : bytes
  }
}

async function first(
  chunks: AsyncGenerator<AsideEntry[], void>,
  isMeant: (entry: AsideEntry) => boolean,
): Promise<AsideEntry | null> {
  for await (const entries of chunks) {
    const found = entries.find(isMeant)
    if (found !== undefined) return found
  }
  return null
}
