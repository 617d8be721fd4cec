import type { Redis } from 'ioredis'
import {
  readRecord,
  readRun,
  recordStates,
  type RecordLine,
  type RecordRun,
  type RecordState,
  type TaskRecord,
} from '../task-record.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RecordChange, RecordStore } from './record-store.ts'

const writeScript = new LuaScript('record-tasks', ['clock', 'records'])
const pageScript = new LuaScript('record-page', ['records'])

const dayMs = 86_400_000

/** Most changes that one call writes: bounds the time that Redis is busy with it. */
const chunk = 100

/** Most runs of a task, and most lines of its log, that are kept. */
export const mostRuns = 10
export const mostLines = 200

/** Most tasks that a task has sent, and most names, that are read. */
const mostListed = 200

/** Bounds of the records of all processes together. */
export interface RecordLimits {
  /** Most records to keep, 1 or more. */
  readonly max: number
  /** Most bytes of them, about: their text, and what finding them takes. */
  readonly maxBytes: number
  readonly days: number
}

/** Which records are meant; what is left out rules nothing out. */
export interface RecordFilter {
  readonly state?: RecordState
  /** Name of the task. */
  readonly name?: string
}

/** A record in a list: its newest run. */
export interface ListedRecord {
  readonly id: string
  readonly name: string
  readonly run: RecordRun
}

/** How complete the records are. */
export interface RecordFigures {
  readonly count: number
  readonly bytes: number
  /** How many were dropped for the bounds so far. */
  readonly dropped: number
  /** How many tasks were not recorded, because there were too many in a second. */
  readonly passed: number
}

/** Records of tasks on Redis (records.lua): all processes write them, and they outlive each. */
export class RedisRecords implements RecordStore {
  readonly #redis: Redis
  readonly #key: string
  readonly limits: RecordLimits

  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys; readonly limits: RecordLimits }) {
    this.#redis = parts.redis
    this.#key = parts.keys.records()
    this.limits = parts.limits
  }

  async write(changes: readonly RecordChange[], passed: number): Promise<void> {
    const { max, maxBytes, days } = this.limits
    const calls: Promise<unknown>[] = []
    for (let first = 0; first === 0 || first < changes.length; first += chunk) {
      const some = changes.slice(first, first + chunk)
      const bounds = [max, maxBytes, days * dayMs, mostRuns, mostLines, first === 0 ? passed : 0, some.length]
      calls.push(writeScript.run(this.#redis, [this.#key], [...bounds, ...some.flatMap(argumentsOf)]))
    }
    await Promise.all(calls)
  }

  /**
   * Some of them, the newest first. Pages do not move when new ones come; a task that goes from one state to another leaves the pages of the one for
   * those of the other, at its place by time.
   *
   * @param query.before as `next` of the page before says
   * @returns next: null where this is the last page
   */
  async page(
    query: RecordFilter & { readonly before?: string; readonly limit: number },
  ): Promise<{ records: ListedRecord[]; next: string | null }> {
    const { state = '', name = '', before = '+inf', limit } = query
    const reply = (await pageScript.run(this.#redis, [this.#key], [state, name, before, limit])) as Buffer[]
    const [next = '', ...rows] = reply.map(String)
    const records: ListedRecord[] = []
    for (let at = 0; at < rows.length; at += 4) {
      const [id = '', , shown = '', line = ''] = rows.slice(at, at + 4)
      const run = readRun(line)
      if (run !== null) records.push({ id, name: shown, run })
    }
    return { records, next: next === '' ? null : next }
  }

  /** How many there are of each state. */
  async counts(name?: string): Promise<Record<RecordState, number>> {
    const sets = recordStates.map((state) => `${this.#key}:${state}${name === undefined ? '' : `:${name}`}`)
    const counts = await Promise.all(sets.map((set) => this.#redis.zcard(set)))
    return Object.fromEntries(recordStates.map((state, index) => [state, counts[index] ?? 0])) as Record<
      RecordState,
      number
    >
  }

  /** The names of the tasks, with how many records there are of each; the most frequent ones. */
  async names(): Promise<{ name: string; count: number }[]> {
    const found = Object.entries(await this.#redis.hgetall(`${this.#key}:names`))
    const names = found.map(([name, count]) => ({ name, count: Number(count) }))
    return names.toSorted((one, other) => other.count - one.count).slice(0, mostListed)
  }

  /** null: there is none. */
  async read(id: string): Promise<TaskRecord | null> {
    const stored = await this.#redis.hget(this.#key, id)
    return stored === null ? null : readRecord(id, stored)
  }

  /** What a task has logged, the oldest line first, and how many lines before those are gone. */
  async log(id: string): Promise<{ lines: RecordLine[]; dropped: number }> {
    const stored = await this.#redis.lrange(`${this.#key}:log:${id}`, 0, -1)
    const lines = stored.map((line) => {
      const [number = '', time = '', ...text] = line.split('\t')
      return { number: Number(number), time: Number(time), text: text.join('\t') }
    })
    return { lines: lines.map(({ time, text }) => ({ time, text })), dropped: (lines[0]?.number ?? 1) - 1 }
  }

  /** Ids of the tasks that a task has sent, the newest first, as far as there are records of them. */
  children(id: string): Promise<string[]> {
    return this.#redis.zrevrange(`${this.#key}:of:${id}`, 0, mostListed - 1)
  }

  /** Name and state of each of them that there is a record of. */
  async heads(ids: readonly string[]): Promise<Map<string, { name: string; state: RecordState }>> {
    const heads = new Map<string, { name: string; state: RecordState }>()
    if (ids.length === 0) return heads
    const stored = await this.#redis.hmget(this.#key, ...ids)
    for (const [index, id] of ids.entries()) {
      const record = readRecord(id, stored[index] ?? '')
      const state = record?.runs.at(-1)?.state
      if (record !== null && state !== undefined) heads.set(id, { name: record.name, state })
    }
    return heads
  }

  async figures(): Promise<RecordFigures> {
    const [count, found] = await Promise.all([this.#redis.hlen(this.#key), this.#redis.hgetall(`${this.#key}:figures`)])
    const figure = (name: string): number => Number(found[name] ?? 0)
    return { count, bytes: figure('bytes'), dropped: figure('dropped'), passed: figure('passed') }
  }
}

function argumentsOf({ id, name, run, lines }: RecordChange): (string | number)[] {
  const texts = lines.flatMap(({ time, text }) => [time, text])
  if (run === null) return [id, name, '', lines.length, '', '', '', '', '', ...texts]
  const { key, receivedAt, state, json, facts, parentId } = run
  return [id, name, parentId ?? '', lines.length, key, receivedAt, state, json, facts, ...texts]
}
