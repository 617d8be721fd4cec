import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys, createBeat, type Beat, type BeatSettings, type GivenEntries } from '../../../src/engine/index.ts'
import { MemoryLog } from '../../support/engine.ts'

/** What a test says of a scheduler; the rest is as by default. */
export type LabBeat = Partial<Omit<BeatSettings, 'schedule'>> & {
  readonly maxQueueLength?: number
  /** How long its connection waits for an answer, in milliseconds. */
  readonly commandTimeout?: number
}

/** A scheduler of a test, with its log and its connection. */
export interface Scheduler {
  readonly beat: Beat
  readonly logger: MemoryLog
  readonly redis: Redis
}

/** Schedulers on one Redis, under a prefix of their own, and what they have sent. */
export class BeatLab {
  readonly keys: BrokerKeys
  readonly redis: Redis
  readonly #path: string
  readonly #prefix = `beat-${randomUUID()}:`
  readonly #schedulers: Scheduler[] = []

  constructor(path: string) {
    this.#path = path
    this.keys = new BrokerKeys(this.#prefix)
    this.redis = new Redis({ path, db: 10 })
  }

  /** A scheduler that is not started. */
  scheduler(schedule: GivenEntries, { maxQueueLength, commandTimeout, ...settings }: LabBeat = {}): Scheduler {
    const redis = new Redis({
      path: this.#path,
      db: 10,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => 50,
      ...(commandTimeout !== undefined && { commandTimeout }),
    })
    redis.on('error', () => undefined)
    const logger = new MemoryLog()
    const beat = createBeat({
      redis,
      keyPrefix: this.#prefix,
      node: 'test',
      settings: { schedule, timezone: 'UTC', missed: 'once', lateMs: 60_000, maxMissed: 100, ...settings },
      defaultQueue: 'celery',
      tasks: new Map(),
      limits: { maxQueueLength: maxQueueLength ?? null, maxQueueAgeMs: null },
      sentEvents: false,
      logger,
    })
    const scheduler = { beat, logger, redis }
    this.#schedulers.push(scheduler)
    return scheduler
  }

  /** The same, started. */
  started(...given: Parameters<BeatLab['scheduler']>): Scheduler {
    const scheduler = this.scheduler(...given)
    scheduler.beat.start()
    return scheduler
  }

  /** What is kept of an entry. */
  state(entry: string): Promise<Record<string, string>> {
    return this.redis.hgetall(this.keys.beat(entry))
  }

  /** The server's time, Unix milliseconds. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.redis.time()
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  /** Moves what is kept of an entry, as if its last tick had been then. */
  async setLast(entry: string, time: number): Promise<void> {
    await this.redis.hset(this.keys.beat(entry), 'last', Math.floor(time))
  }

  /** The ticks that were sent to a queue, Unix milliseconds, the oldest foremost. */
  async ticks(queue = 'celery'): Promise<number[]> {
    const messages = await this.redis.lrange(this.keys.list(queue), 0, -1)
    return messages.toReversed().map((message) => {
      const { headers } = JSON.parse(message) as { headers: Record<string, string> }
      return Date.parse(headers['periodic_task_tick'] ?? '')
    })
  }

  /** Stops all schedulers. */
  async stop(): Promise<void> {
    await Promise.all(this.#schedulers.map(({ beat }) => beat.stop()))
  }

  async close(): Promise<void> {
    await this.stop()
    for (const { redis } of this.#schedulers) redis.disconnect()
    this.redis.disconnect()
  }
}

/** The ids of the tasks that were sent, as the log has them. */
export function tickIds({ lines }: MemoryLog): string[] {
  const sent = lines.filter(({ message }) => message.startsWith('Scheduler: Sending due task'))
  return sent.map(({ fields }) => (fields as { taskId: string }).taskId)
}

/** Each tick of an interval in milliseconds is there once, in its order, and none is left out. */
export function expectSteady(ticks: readonly number[], interval: number): void {
  const gaps = ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0))
  expect([...new Set(gaps)]).to.deep.equal([interval])
}
