import type { Redis } from 'ioredis'
import type { StoredResult } from '../broker/broker.ts'
import type { Json } from '../wire-value.ts'
import { ResultWaits } from './result-waits.ts'
import {
  encodeMeta,
  readMeta,
  readyStates,
  resultKey,
  type ResultBackend,
  type ResultMeta,
  type ResultOwner,
  type ResultReader,
  type TaskState,
} from './results.ts'

/** What the result backend is made of. */
export interface RedisResultsOptions {
  readonly redis: Redis
  /** Opens a connection for subscriptions; called once, when somebody first waits for a result. */
  readonly openSubscriber: () => Promise<Redis>
  /** Whether `redis` is the broker's database. */
  readonly sharesBroker: boolean
  /** How long a result is kept, in seconds. */
  readonly ttlSeconds: number
}

/** Celery's result backend on Redis: one key per task, announced on a channel of its name. */
export class RedisResults implements ResultBackend, ResultReader {
  readonly sharesBroker: boolean
  readonly #redis: Redis
  readonly #ttlSeconds: number
  readonly #waits: ResultWaits

  constructor(options: RedisResultsOptions) {
    this.sharesBroker = options.sharesBroker
    this.#redis = options.redis
    this.#ttlSeconds = options.ttlSeconds
    this.#waits = new ResultWaits(options.openSubscriber)
  }

  encode(
    message: ResultOwner,
    state: TaskState,
    value: Json,
    stack: string | null,
    children: readonly Json[] = [],
  ): StoredResult {
    return {
      key: resultKey(message.id),
      json: encodeMeta(message, state, value, stack, Date.now(), children),
      ttlSeconds: this.#ttlSeconds,
    }
  }

  async store(result: StoredResult): Promise<void> {
    const known = await this.#redis.get(result.key)
    if (known !== null && readMeta(known)?.state === 'SUCCESS') return
    await this.#redis
      .multi()
      .set(result.key, result.json, 'EX', result.ttlSeconds)
      .publish(result.key, result.json)
      .exec()
  }

  /** A task's state: PENDING for one that nothing is known of, as Celery has it. */
  async state(id: string): Promise<TaskState> {
    return (await this.read(id))?.state ?? 'PENDING'
  }

  async read(id: string): Promise<ResultMeta | null> {
    const json = await this.#redis.get(resultKey(id))
    return json === null ? null : readMeta(json)
  }

  async wait(id: string, timeoutMs: number | null): Promise<ResultMeta | null> {
    return this.#waits.until(resultKey(id), timeoutMs, async () => {
      const meta = await this.read(id)
      return meta !== null && readyStates.has(meta.state) ? meta : null
    })
  }

  async forget(id: string): Promise<void> {
    await this.#redis.del(resultKey(id))
  }
}
