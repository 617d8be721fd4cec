import type { Redis } from 'ioredis'
import { readStep } from './step-text.ts'
import { addBeside, emptyStep, type Step } from './step.ts'

/** How fine the history is kept, and for how long. */
export interface Resolution {
  /** How long a step is, in milliseconds. */
  readonly stepMs: number
  /** How many steps share a key. */
  readonly stepsPerKey: number
  readonly keptMs: number
}

const hourMs = 3_600_000

/** Steps of 10 s, for two hours. */
export const fine: Resolution = { stepMs: 10_000, stepsPerKey: 60, keptMs: 2 * hourMs }

/** Steps of a minute. @param hours how long they are kept */
export function coarse(hours: number): Resolution {
  return { stepMs: 60_000, stepsPerKey: 60, keptMs: hours * hourMs }
}

/** Of no more processes a step is kept. */
export const mostProcesses = 64

/** A step as one process writes it. Written again, as long as it goes on, it takes its own place. */
export interface WrittenStep {
  readonly resolution: Resolution
  /** Its number: Unix milliseconds divided by its length. */
  readonly number: number
  readonly text: string
}

/**
 * The history in Redis: a hash for each hour of minutes, and for each ten minutes of fine steps; in it a field for each step and process, so
 * that none overwrites another's. All of them end by themselves when they are as old as they are kept.
 */
export class HistoryStore {
  readonly #redis: Redis
  readonly #prefix: string

  /** @param keyPrefix in front of all keys */
  constructor(redis: Redis, keyPrefix = '') {
    this.#redis = redis
    this.#prefix = keyPrefix
  }

  /**
   * Writes steps of this process.
   *
   * @param writer unique per start of a process
   * @returns how many were left out, because as many processes as may be have written already
   */
  async write(steps: readonly WrittenStep[], writer: string): Promise<number> {
    const kept = await Promise.all(steps.map((step) => this.#write(step, writer)))
    return kept.filter((isKept) => !isKept).length
  }

  /**
   * The steps from one number to another, both included, of all processes together. Those that nobody has written are not there. A key is
   * read at a time: nothing else in the process has to wait for all of them.
   */
  async read(resolution: Resolution, from: number, to: number): Promise<Map<number, Step>> {
    const steps = new Map<number, Step>()
    const { stepsPerKey } = resolution
    for (let key = Math.floor(from / stepsPerKey); key <= Math.floor(to / stepsPerKey); key += 1) {
      const fields = await this.#redis.hgetall(this.#key(resolution, key))
      for (const [field, text] of Object.entries(fields)) {
        const number = key * stepsPerKey + Number.parseInt(field, 10)
        const step = number >= from && number <= to ? readStep(text) : null
        if (step === null) continue
        const sum = steps.get(number) ?? emptyStep()
        steps.set(number, sum)
        addBeside(sum, step)
      }
    }
    return steps
  }

  async #write({ resolution, number, text }: WrittenStep, writer: string): Promise<boolean> {
    const { stepMs, stepsPerKey, keptMs } = resolution
    const key = this.#key(resolution, Math.floor(number / stepsPerKey))
    const field = `${number % stepsPerKey}:${writer}`
    const [fields, isThere] = await Promise.all([this.#redis.hlen(key), this.#redis.hexists(key, field)])
    if (isThere === 0 && fields >= stepsPerKey * mostProcesses) return false
    await this.#redis
      .multi()
      .hset(key, field, text)
      .pexpire(key, keptMs + stepsPerKey * stepMs)
      .exec()
    return true
  }

  #key({ stepMs }: Resolution, number: number): string {
    return `${this.#prefix}lovage:history:${stepMs / 1000}:${number}`
  }
}
