import type { Claim } from '../broker/broker.ts'
import type { Logger } from '../logger.ts'
import type { TaskMessage } from '../message.ts'
import { DropLog, type DropLogClock } from './drop-log.ts'
import type { Settler } from './settler.ts'

/** What it works with. */
export interface ForOthersOptions {
  readonly settler: Pick<Settler, 'settle'>
  readonly broker: { now(): number }
  readonly logger: Pick<Logger, 'warn'>
  /** Clock of its log's lines. */
  readonly clock?: DropLogClock
  /** From 0 up to, but not including, 1; default `Math.random`. */
  readonly random?: () => number
}

/**
 * The pause before a message that nobody has taken goes back again, in milliseconds: the first figure, longer by half each time, up
 * to the second; and up to twice that at random.
 */
const pauseMs = [250, 30_000] as const
const growth = 1.5

/** After so long without a message's coming back it is forgotten, in milliseconds. */
const forgetMs = 120_000

/** So many messages are remembered; what comes beyond them waits as long as any. */
const maxRemembered = 10_000

/** So many tasks are named in the log, and the rest under one name. */
const maxNames = 20

/**
 * Gives messages of tasks that are not known here back to their queues, for others that take from them too.
 *
 * 1. The first time a message goes back at once, behind all others: whoever waits on the list has it in that moment.
 * 2. Comes it back here, nobody was free: it waits on the schedule, a quarter of a second, then longer by half each time, up to
 *    30 s, and goes behind all others then. Up to as long again is added at random: those that came together go back one by one, so that
 *    whoever waits on the list has them before they are claimed here, many at once. A message that nobody ever takes costs a
 *    claim each 30 to 60 s, and known tasks are not held up.
 * 3. What is given back is counted, and logged by the names of the tasks: a line at once, then one a minute.
 */
export class ForOthers {
  readonly #options: ForOthersOptions
  readonly #log: DropLog
  /** How often each message has come, the one that came last at the end. */
  readonly #seen = new Map<string, Seen>()
  readonly #named = new Set<string>()
  #count = 0

  constructor(options: ForOthersOptions) {
    this.#options = options
    const { logger, clock } = options
    const line = { field: 'tasks', message: 'messages of unknown tasks were left for others' }
    this.#log = new DropLog({ logger, line, ...(clock !== undefined && { clock }) })
  }

  /** How often a message was given back. */
  get count(): number {
    return this.#count
  }

  /** Ends a claim: its message is for others. */
  release(claim: Claim, { id, name }: Pick<TaskMessage, 'id' | 'name'>): Promise<void> {
    const { settler, broker } = this.#options
    this.#count += 1
    this.#log.add(this.#shownName(name), 1)
    const now = broker.now()
    const random = this.#options.random ?? Math.random
    const pause = this.#pause(id, now)
    if (pause === 0) return settler.settle(claim, { requeue: true })
    return settler.settle(claim, { schedule: { due: Math.ceil(now + pause * (1 + random())), behind: true } })
  }

  /** Logs what has not been logged yet. */
  close(): void {
    this.#log.close()
  }

  #pause(id: string, now: number): number {
    this.#forget(now)
    const times = this.#seen.get(id)?.times ?? 0
    if (times === 0 && this.#seen.size >= maxRemembered) return pauseMs[1]
    this.#seen.delete(id)
    this.#seen.set(id, { times: times + 1, last: now })
    return pauseOf(times)
  }

  /** Those that have not come for long: others have them. */
  #forget(now: number): void {
    for (const [id, { last }] of this.#seen) {
      if (now - last < forgetMs) return
      this.#seen.delete(id)
    }
  }

  #shownName(name: string): string {
    if (this.#named.size < maxNames) this.#named.add(name)
    return this.#named.has(name) ? name : 'others'
  }
}

interface Seen {
  readonly times: number
  /** Unix milliseconds of the broker's clock. */
  readonly last: number
}

/** @param times how often the message has come before */
function pauseOf(times: number): number {
  const [first, longest] = pauseMs
  return times === 0 ? 0 : Math.min(first * growth ** (times - 1), longest)
}
