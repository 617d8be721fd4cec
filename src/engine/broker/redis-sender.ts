import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { EngineError, messageOf, QueueFullError, secondsFor } from '../errors.ts'
import type { Outgoing, Sender } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { QueueAge } from './queue-age.ts'
import type { RedisClock } from './redis-clock.ts'

const script = new LuaScript('enqueue', ['clock'])

/** How long a sent message is known by its mark, in milliseconds, at least: longer than anybody tries to send it. */
const markLifeMs = 60_000

/** The wait between two tries, in milliseconds. */
const retryWaitMs = 50

/** Answers of a server that will take the message soon; any other is final. */
const passing = /^(?:LOADING|READONLY|MASTERDOWN|TRYAGAIN|BUSY)\b/

/** What a sender is made of. */
export interface RedisSenderOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  readonly clock: RedisClock
  /** How long a call goes on while the broker answers nobody, in milliseconds. */
  readonly timeoutMs: number
  /** Most messages on a queue, scheduled ones included; null: no bound. */
  readonly maxLength: number | null
  /** Refuses when a queue's oldest message is too old; null: any age will do. */
  readonly age: QueueAge | null
  /** How many messages a second are worked off at present. */
  readonly rate: () => number
}

/**
 * Puts messages on queues.
 *
 * 1. Back-pressure: a queue that is too long or too old takes no more; the caller is told when to come back.
 * 2. One script puts the message on its list or on the schedule, together with a mark by which it is known.
 * 3. No answer: the same call again, until there is one or the time is over. The mark keeps it from being sent twice. The time
 *    counts from the last answer to anybody: the ten thousandth of many calls at once has to wait for those before it.
 */
export class RedisSender implements Sender {
  readonly #options: RedisSenderOptions
  #lastAnswer = 0

  constructor(options: RedisSenderOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.clock.now()
  }

  async enqueue(outgoing: Outgoing): Promise<string> {
    const { age, rate } = this.#options
    const call = this.#call(outgoing)
    const started = performance.now()
    const givesUpAt = (): number => Math.max(started, this.#lastAnswer) + this.#options.timeoutMs
    for (;;) {
      try {
        if (age !== null) await within(age.check(outgoing.queue, rate()), givesUpAt)
        return this.#read(outgoing.queue, await within(call(), givesUpAt))
      } catch (error) {
        if (error instanceof QueueFullError) throw error
        const final = error instanceof Error && error.name === 'ReplyError' && !passing.test(error.message)
        if (final || performance.now() + retryWaitMs >= givesUpAt()) {
          throw new EngineError('BROKER_UNAVAILABLE', `the broker did not take the message: ${messageOf(error)}`, {
            cause: error,
          })
        }
      }
      await delay(retryWaitMs)
    }
  }

  #call({ queue, taskId, message, priority, due, once }: Outgoing): () => Promise<[Buffer, Buffer | number, Buffer]> {
    const { redis, keys, maxLength, timeoutMs } = this.#options
    const token = randomUUID()
    const names = [
      keys.list(queue, priority),
      keys.sent(token),
      once === undefined ? '' : keys.once(once.key),
      keys.schedule(queue),
      ...keys.lists(queue),
    ]
    const args = [
      message,
      taskId,
      Math.max(markLifeMs, 2 * timeoutMs),
      Math.ceil((once?.ttlSeconds ?? 0) * 1000),
      due ?? '',
      maxLength ?? '',
      token,
    ]
    return () => script.run(redis, names, args) as Promise<[Buffer, Buffer | number, Buffer]>
  }

  #read(queue: string, [status, value, now]: [Buffer, Buffer | number, Buffer]): string {
    this.#options.clock.observe(Number(String(now)))
    this.#lastAnswer = performance.now()
    if (String(status) === 'sent') return String(value)
    const { maxLength, rate } = this.#options
    const over = Number(value) - (maxLength ?? 0) + 1
    throw new QueueFullError(
      `queue ${queue}: expected less than ${maxLength} messages, came ${Number(value)}`,
      secondsFor(over, rate()),
    )
  }
}

/** @param givesUpAt `performance.now()` milliseconds; it may move on meanwhile */
async function within<T>(work: Promise<T>, givesUpAt: () => number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let over = false
  const late = new Promise<never>((_resolve, reject) => {
    const look = (): void => {
      if (over) return
      const left = givesUpAt() - performance.now()
      if (left <= 0) reject(new Error('it did not answer in time'))
      // A timer that is late because the process was busy comes before answers that have arrived meanwhile.
      else timer = setTimeout(() => setImmediate(look), left)
    }
    look()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    over = true
    clearTimeout(timer)
  }
}
