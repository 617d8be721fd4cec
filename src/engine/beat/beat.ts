import { setTimeout as delay } from 'node:timers/promises'
import type { BeatStore, EntryState, TickStep } from '../broker/beat-store.ts'
import { QueueFullError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { uniqueTag } from '../unique-tag.ts'
import type { BrokerHealth } from '../worker/broker-health.ts'
import type { Entry } from './read-entries.ts'
import type { TickMessages } from './tick-messages.ts'
import { planTicks, type TickRules } from './tick-plan.ts'

/** What a scheduler works with. */
export interface BeatOptions {
  readonly entries: readonly Entry[]
  readonly store: BeatStore
  readonly messages: Pick<TickMessages, 'write' | 'unsent'>
  readonly rules: Omit<TickRules, 'policy'>
  readonly health: Pick<BrokerHealth, 'answered' | 'failed'>
  /** Told of each message that the broker has taken. */
  readonly onSent: (message: TickStep['messages'][number]) => void
  readonly logger: Logger
}

/** The longest time between two looks, in milliseconds: the broker's clock may be set, and a schedule replaced, at any time. */
const lookMs = 5_000

/** After a step that somebody else was faster with, and after one that the broker refused, in milliseconds. */
const againMs = 20
const refusedMs = 1_000

/** While the broker fails, in milliseconds: doubled up to the second figure. */
const failureWaitMs = [50, 1_000] as const

/** How long `stop` waits for a broker that does not answer, in milliseconds. */
const stopMs = 1_000

/** An entry, and what is known here of where it stands. */
interface Place {
  readonly entry: Entry
  last: number | null
  /** A step whose answer has not come. */
  unanswered: TickStep | null
  /** What stands in its way, which is told once. */
  hindrance: string | null
}

/**
 * Sends periodic tasks when they are due. Any number of them may run on one broker, in workers and alone: where an entry stands is on
 * the broker, and only one of them takes it a step further. There is no leader that could be missing.
 *
 * 1. Look: where each entry stands, and what time it is there.
 * 2. What is due is sent, and noted, each entry in one step, if it still stands where it did.
 * 3. Sleep until the next one is due, or for a short time.
 */
export class Beat {
  readonly #options: BeatOptions
  readonly #places: readonly Place[]
  readonly #tag = uniqueTag()
  #startedAt: number | null = null
  #stopped = true
  /** Whether the broker took no step, in this turn. */
  #isRefused = false
  #loop: Promise<void> = Promise.resolve()
  #wake = (): void => {}

  constructor(options: BeatOptions) {
    this.#options = options
    this.#places = options.entries.map((entry) => ({ entry, last: null, unanswered: null, hindrance: null }))
  }

  /** What it looks after. */
  get entries(): readonly Entry[] {
    return this.#options.entries
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    // One that is stopped may still wait for an answer.
    this.#loop = this.#loop.then(() => this.#run())
  }

  /** Nothing is sent any more when it resolves, save what a broker that does not answer may have taken. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await Promise.race([this.#loop, delay(stopMs, null, { ref: false })])
  }

  async #run(): Promise<void> {
    const { health } = this.#options
    let [failureWait] = failureWaitMs as readonly [number, number]
    while (!this.#stopped && this.#places.length > 0) {
      let sleep: number
      try {
        sleep = await this.#turn()
        failureWait = failureWaitMs[0]
      } catch (error) {
        health.failed('looking at periodic tasks', error)
        sleep = failureWait
        failureWait = Math.min(failureWait * 2, failureWaitMs[1])
      }
      if (!this.#stopped) await this.#sleep(sleep)
    }
  }

  /** @returns how long to sleep, in milliseconds */
  async #turn(): Promise<number> {
    const { store, health } = this.#options
    const asked = this.#places.map(({ entry: { name, schedule }, last }) => ({
      name,
      identity: schedule.identity,
      known: last,
    }))
    const { now, states } = await store.look(asked, this.#startedAt)
    this.#startedAt ??= now
    this.#isRefused = false
    const waits = await Promise.all(
      this.#places.map((place, index) => this.#attend(place, states[index] ?? { last: null, by: '' }, now)),
    )
    // A server that can be read and takes no writes is not back.
    if (!this.#isRefused) health.answered()
    return Math.max(Math.min(lookMs, ...waits), 0)
  }

  async #attend(place: Place, { last, by }: EntryState, now: number): Promise<number> {
    if (this.#stopped) return 0
    const { entry } = place
    place.last = last
    if (last === null) {
      this.#hindered(place, 'a process that was started later has another schedule for this periodic task, which holds')
      return lookMs
    }
    const { unanswered } = place
    place.unanswered = null
    if (unanswered !== null) {
      if (by === this.#tag && last === unanswered.to) this.#done(place, unanswered)
      else this.#unsent(unanswered)
    }
    const plan = planTicks(entry.schedule, last, now, { ...this.#options.rules, policy: entry.missed })
    if (plan === null) return entry.schedule.next(last) - now
    if (plan.isReset) this.#options.logger.warn({ entry: entry.name }, 'the broker’s clock was set back: begins afresh')
    const messages = plan.send.map((tick) => this.#options.messages.write(entry, tick, now))
    const { identity } = entry.schedule
    return this.#step(
      place,
      { name: entry.name, identity, from: last, to: plan.last, missed: plan.missed, messages },
      now,
    )
  }

  async #step(place: Place, step: TickStep, now: number): Promise<number> {
    const { store, health } = this.#options
    try {
      const outcome = await store.step(step, this.#tag)
      if (typeof outcome === 'object') {
        const { full, length } = outcome
        throw new QueueFullError(`queue ${full} has ${length} messages, and takes no more`, 1)
      }
      if (outcome !== 'sent') {
        this.#unsent(step)
        return againMs
      }
    } catch (error) {
      if (error instanceof QueueFullError) {
        this.#unsent(step, error)
        this.#hindered(place, `a due task has to wait: ${error.message}`)
      } else {
        place.unanswered = step
        if (health.failed(`sending due task ${step.name}`, error)) this.#isRefused = true
      }
      return refusedMs
    }
    this.#done(place, step)
    return place.entry.schedule.next(step.to) - now
  }

  #done(place: Place, { name, to, missed, messages }: TickStep): void {
    const { logger, onSent } = this.#options
    place.last = to
    place.hindrance = null
    if (missed > 0)
      logger.warn({ entry: name, missed, sent: messages.length }, 'missed ticks of a periodic task are not sent')
    for (const message of messages) {
      const { taskId, taskName, queue } = message
      logger.info({ task: taskName, taskId, queue }, `Scheduler: Sending due task ${name} (${taskName})`)
      onSent(message)
    }
  }

  #unsent({ messages }: TickStep, error?: unknown): void {
    for (const message of messages) this.#options.messages.unsent(message, error)
  }

  #hindered(place: Place, reason: string): void {
    const kind = reason.replaceAll(/\d+/g, '')
    if (place.hindrance !== kind) this.#options.logger.warn({ entry: place.entry.name }, reason)
    place.hindrance = kind
  }

  async #sleep(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, milliseconds)
    })
    clearTimeout(timer)
  }
}
