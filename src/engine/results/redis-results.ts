import type { Redis } from 'ioredis'
import type { StoredResult } from '../broker/broker.ts'
import type { TaskMessage } from '../message.ts'
import type { Json } from '../wire-value.ts'
import { encodeMeta, type FinalState, type ResultBackend } from './results.ts'

/** What the result backend is made of. */
export interface RedisResultsOptions {
  readonly redis: Redis
  /** Whether `redis` is the broker's database. */
  readonly sharesBroker: boolean
  /** How long a result is kept, in seconds. */
  readonly ttlSeconds: number
}

/** Celery's result backend on Redis: one key per task, announced on a channel of its name. */
export class RedisResults implements ResultBackend {
  readonly sharesBroker: boolean
  readonly #redis: Redis
  readonly #ttlSeconds: number

  constructor(options: RedisResultsOptions) {
    this.sharesBroker = options.sharesBroker
    this.#redis = options.redis
    this.#ttlSeconds = options.ttlSeconds
  }

  encode(message: TaskMessage, state: FinalState, value: Json, stack: string | null): StoredResult {
    return {
      key: `celery-task-meta-${message.id}`,
      json: encodeMeta(message, state, value, stack, Date.now()),
      ttlSeconds: this.#ttlSeconds,
    }
  }

  /** A task's state: PENDING for one without a result, as Celery has it. */
  async state(id: string): Promise<string> {
    const json = await this.#redis.get(`celery-task-meta-${id}`)
    if (json === null) return 'PENDING'
    const { status } = JSON.parse(json) as { status?: unknown }
    return typeof status === 'string' ? status : 'PENDING'
  }

  async store(result: StoredResult): Promise<void> {
    const known = await this.#redis.get(result.key)
    if (known !== null && (JSON.parse(known) as { status?: unknown }).status === 'SUCCESS') return
    await this.#redis
      .multi()
      .set(result.key, result.json, 'EX', result.ttlSeconds)
      .publish(result.key, result.json)
      .exec()
  }
}
