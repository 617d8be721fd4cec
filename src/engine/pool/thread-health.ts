import { messageOf } from '../errors.ts'
import type { Ending } from './lost-outcome.ts'
import type { PoolThread } from './pool-thread.ts'

/**
 * So many crashes in so many milliseconds, with no job done in between, are a loop. One bad message ends three threads, and is set
 * aside then: that is none.
 */
const loopCrashes = 6
const loopMs = 4_000

/** For how long there may be no thread before that is a fault, in milliseconds: those that are ended are replaced at once. */
const noneMs = 2_000

/**
 * How threads ended.
 *
 * - `timeLimit`, `terminated`: for the sake of a task, at its hard limit or because it was revoked
 * - `crashed`: by themselves, or a task ended them
 * - `recycled`: they had served their time, held too much, or were too many
 * - `notStarted`: they have never taken a job
 */
export const threadEnds = ['timeLimit', 'terminated', 'crashed', 'recycled', 'notStarted'] as const
export type ThreadEnd = (typeof threadEnds)[number]

/** What the threads of a pool have been through since it began. */
export interface ThreadCounts {
  /** How many take jobs now. */
  readonly alive: number
  readonly started: number
  readonly ended: Readonly<Record<ThreadEnd, number>>
}

/** Of a pool without threads of its own. */
export const noThreads: ThreadCounts = { alive: 0, started: 0, ended: noEnds() }

/** Knows how the threads of a pool fare. Busy threads are well, however long they are busy. */
export class ThreadHealth {
  readonly #now: () => number
  readonly #ended: Record<ThreadEnd, number> = noEnds()
  #alive = 0
  #started = 0
  #startFailure: string | null = null
  /** When threads crashed lately, since one has done a job. */
  #crashes: number[] = []
  /** Since when there is none. */
  #noneSince: number

  /** @param now milliseconds of any clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#noneSince = now()
  }

  /** A thread takes jobs from now on. */
  started(): void {
    this.#alive += 1
    this.#started += 1
    this.#startFailure = null
  }

  /** A thread could not start. */
  notStarted(error: unknown): void {
    this.#ended.notStarted += 1
    this.#startFailure = messageOf(error)
  }

  /** A thread that has taken jobs is gone. */
  ended(thread: Pick<PoolThread, 'ending' | 'retired'>): void {
    const now = this.#now()
    const how = thread.ending !== null ? causeOf(thread.ending) : thread.retired ? 'recycled' : 'crashed'
    this.#ended[how] += 1
    this.#alive -= 1
    if (this.#alive === 0) this.#noneSince = now
    if (how === 'crashed') this.#crashes = [...this.#recent(now), now].slice(-loopCrashes)
  }

  /** A thread is through with what it was given. */
  worked(): void {
    if (this.#crashes.length > 0) this.#crashes = []
  }

  get counts(): ThreadCounts {
    return { alive: this.#alive, started: this.#started, ended: { ...this.#ended } }
  }

  /** Why no task can be run, though there may be room; null: nothing is wrong. */
  get trouble(): string | null {
    const now = this.#now()
    if (this.#alive === 0 && this.#startFailure !== null) return `no thread can start: ${this.#startFailure}`
    if (this.#alive === 0 && now - this.#noneSince > noneMs) return 'no thread lives'
    if (this.#recent(now).length < loopCrashes) return null
    return `threads end as soon as they begin a task: ${loopCrashes} of them within ${loopMs / 1000} s`
  }

  #recent(now: number): number[] {
    return this.#crashes.filter((time) => time > now - loopMs)
  }
}

function causeOf({ cause }: Ending): ThreadEnd {
  return cause === 'timeLimit' ? 'timeLimit' : 'terminated'
}

function noEnds(): Record<ThreadEnd, number> {
  return { timeLimit: 0, terminated: 0, crashed: 0, recycled: 0, notStarted: 0 }
}
