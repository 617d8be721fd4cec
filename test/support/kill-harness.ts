import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { nothing, type FaultStage } from '../e2e/fault-stage.ts'
import type { Client } from '../../src/engine/index.ts'
import { EngineError } from '../../src/engine/index.ts'
import { eventually } from './eventually.ts'
import { Random, tell } from './fault-run.ts'
import type { Ledger } from './ledger.ts'
import type { RestlessWorker } from './restless-worker.ts'

/** What a harness works with. */
export interface KillHarnessOptions {
  readonly stage: FaultStage
  readonly seed: number
  /** The workers, with how many tasks each runs at once. Not started. */
  readonly workers: readonly { readonly worker: RestlessWorker; readonly slots: number }[]
  /** Whether some tasks end their thread. */
  readonly exits: boolean
}

/** How many send at the same time, and the longest pause of each after a message, in milliseconds. */
const producers = 3
const longestPauseMs = 70

/** How long everything may take to be done when nothing is killed any more, in milliseconds. */
const drainMs = 40_000

/**
 * Sends numbered tasks without a pause while things are killed, and counts what became of them.
 *
 * 1. open: the workers start, and numbered tasks are sent from now on: most are short, some are due later, some fail the first
 *    time, some end their thread the first time.
 * 2. killWorker, killRedis: as often as wanted.
 * 3. finish: no more is sent; when nothing is left on the broker, the ledger is compared with what was acknowledged.
 */
export class KillHarness {
  /** What chooses the times and the victims. */
  readonly random: Random
  readonly kills = { worker: 0, redis: 0 }
  readonly #options: KillHarnessOptions
  readonly #ledger: Ledger
  readonly #acknowledged = new Set<number>()
  #sent = 0
  /** How many runs may be repeated. */
  #bound = 0
  #sending: Promise<unknown> = Promise.resolve()
  #enough = false
  #redis: Redis | null = null

  constructor(options: KillHarnessOptions) {
    this.#options = options
    this.#ledger = options.stage.ledger()
    this.random = new Random(options.seed)
  }

  async open(): Promise<void> {
    const { stage, workers } = this.#options
    for (const { worker } of workers) worker.start()
    for (const { worker } of workers) await worker.ready()
    this.#redis = await stage.broker()
    const client = await stage.client()
    const loops = Array.from({ length: producers }, () => this.#produce(client))
    this.#sending = Promise.all(loops)
    // Whoever awaits it in the end is told.
    this.#sending.catch(() => undefined)
  }

  /** Waits until Redis has said of one more task that it has it. */
  async untilAcknowledged(): Promise<void> {
    const before = this.#acknowledged.size
    await eventually(() => expect(this.#acknowledged.size).to.be.greaterThan(before), {
      what: 'a message that Redis takes',
      timeoutMs: 20_000,
    })
  }

  /** Kills a worker, now, and starts it again. */
  async killWorker(index = 0): Promise<void> {
    const victim = this.#options.workers[index]
    if (victim === undefined) throw new Error(`there is no worker ${index}`)
    victim.worker.check()
    await victim.worker.kill()
    this.kills.worker += 1
    // Everything that it had claimed: it was running, or had ended and was not yet settled.
    this.#bound += victim.slots
    victim.worker.start()
  }

  /** Kills the embedded Redis, now. @returns its number as a process; a worker will start another */
  async killRedis(but: number | null = null): Promise<number> {
    const pid = await this.#options.stage.redisPid(but)
    process.kill(pid, 'SIGKILL')
    this.kills.redis += 1
    return pid
  }

  /** @throws when anything that was acknowledged has not run, anything ran that was not sent, or too much ran twice */
  async finish(title: string): Promise<void> {
    const { stage, seed, workers } = this.#options
    this.#enough = true
    await this.#sending
    for (const { worker } of workers) await worker.ready()
    if (this.#redis === null) throw new Error('the harness was not opened')
    await stage.expectRemains(this.#redis, nothing, drainMs)
    for (const { worker } of workers) worker.check()

    const ended = new Set(this.#ledger.ends().map(({ number }) => number))
    const missing = [...this.#acknowledged].filter((number) => !ended.has(number))
    const strangers = this.#ledger.starts().filter(({ number }) => number < 1 || number > this.#sent)
    const unacknowledged = this.#sent - this.#acknowledged.size
    const repeats = this.#ledger.repeats()
    const setAside = await this.#setAside(this.#redis)
    const failedStarts = workers.flatMap(({ worker }) => worker.failedStarts)
    tell(
      `${title}: seed ${seed}; ${this.kills.worker} kills of a worker, ${this.kills.redis} of Redis; ` +
        `${this.#acknowledged.size} acknowledged, ${missing.length} missing; ${unacknowledged} not acknowledged; ` +
        `${repeats} ran twice (at most ${this.#bound}); ${setAside} set aside; ${failedStarts.length} starts failed`,
    )
    for (const text of failedStarts) tell(`a start failed: ${text.trim().split('\n').slice(0, 3).join(' | ')}`)
    const context = `seed ${seed}`
    expect(missing, `${context}: acknowledged, and not run`).to.deep.equal([])
    expect(strangers, `${context}: run, and not sent`).to.deep.equal([])
    expect(repeats, `${context}: runs that nobody intended`).to.be.at.most(this.#bound)
    expect(setAside, `${context}: set aside`).to.equal(0)
    expect(this.#acknowledged.size, `${context}: acknowledged`).to.be.greaterThan(0)
  }

  async #setAside(redis: Redis): Promise<number> {
    const sets = await redis.smembers('lovage:aside')
    const counts = await Promise.all(sets.map((set) => redis.zcard(set)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async #produce(client: Client): Promise<void> {
    while (!this.#enough) {
      const number = (this.#sent += 1)
      // Of its own: what a number is like does not depend on who came first.
      const random = new Random(this.#options.seed + number * 7919)
      await this.#send(client, number, random)
      await delay(random.between(0, longestPauseMs))
    }
  }

  async #send(client: Client, number: number, random: Random): Promise<void> {
    const kind = random.between(1, 100)
    const trouble = kind <= 12 ? 'fail' : kind <= 18 && this.#options.exits ? 'exit' : 'none'
    const options = kind > 85 ? { countdown: random.between(50, 2_000) / 1_000 } : {}
    try {
      await client.send('faults.count', [this.#ledger.path, number, random.between(0, 60), trouble], options)
      this.#acknowledged.add(number)
    } catch (error) {
      // Nobody knows whether the broker has it: it may run, or not.
      if (!(error instanceof EngineError && error.code === 'BROKER_UNAVAILABLE')) throw error
    }
  }
}
