import { Histogram, type HistogramSnapshot } from '../histogram.ts'
import type { TaskMessage } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { Decision } from './retry-policy.ts'

/**
 * What became of a run, or of a message that was not run.
 *
 * - `succeeded`, `failed`, `ignored`, `rejected`: it was run, and that is its end
 * - `replaced`: it was run, and a signature goes on in its place
 * - `retried`, `requeued`: it was run, and will be run again
 * - `revoked`: it was not to run, or its thread was ended for that
 * - `expired`, `unreadable`: it was not run
 */
export const runEnds = [
  'succeeded',
  'failed',
  'retried',
  'rejected',
  'requeued',
  'ignored',
  'replaced',
  'revoked',
  'expired',
  'unreadable',
] as const
export type RunEnd = (typeof runEnds)[number]

/** What the tally of a task says at some moment. All of it only grows, from the start of the process. */
export interface TaskCounts {
  /** How its runs ended. */
  readonly ends: Readonly<Record<RunEnd, number>>
  /** How many of its messages became dead letters. */
  readonly dead: number
  /** From when it could have run to its run's end, the run itself left out. Not of messages that do not say since when they wait. */
  readonly wait: HistogramSnapshot
  /** Its runs in their threads. */
  readonly run: HistogramSnapshot
  /** From when it was first sent, or was due then, to its end: with all retries, and the waits between them. */
  readonly total: HistogramSnapshot
}

/** The same of all tasks. */
export interface TallySnapshot {
  /** By the names of the tasks that this process knows. */
  readonly tasks: ReadonlyMap<string, TaskCounts>
  /** How many messages were set aside because no task here has their name, or nobody could read whose they are. */
  readonly unknown: number
  readonly unreadable: number
}

/** Who says that it has waited for longer is wrong, in milliseconds: a year. */
const longestMs = 366 * 86_400_000

/** Counts what becomes of the runs of one task. */
export class TaskTally {
  readonly #ends: Record<RunEnd, number> = noEnds()
  readonly #wait = new Histogram()
  readonly #run = new Histogram()
  readonly #total = new Histogram()
  #dead = 0

  /** A run has ended, and this was decided. @param now Unix milliseconds of the broker's clock */
  ran(message: TaskMessage, outcome: Outcome | null, decision: Decision, now: number): void {
    const end = endOf(decision)
    if (end === null) return
    this.#ends[end] += 1
    if ((decision.kind === 'fail' && decision.deadLetter) || end === 'rejected') this.#dead += 1
    if (outcome === null || !hasRun(outcome)) return
    const { sentAt, queuedAt, eta } = message
    this.#run.note(outcome.runtimeMs)
    // Once its rate limit has let it pass, a message does not say any more since when it waits for this run.
    const waitsFrom = queuedAt ?? eta ?? sentAt
    if (waitsFrom !== null) note(this.#wait, now - waitsFrom - outcome.runtimeMs)
    if (sentAt !== null && end !== 'retried' && end !== 'requeued') note(this.#total, now - sentAt)
  }

  /** A message was not run, because it must not be. */
  refused(reason: 'revoked' | 'expired'): void {
    this.#ends[reason] += 1
  }

  /** A message could not be read, but tells that it is of this task. */
  unreadable(): void {
    this.#ends.unreadable += 1
  }

  get counts(): TaskCounts {
    return {
      ends: { ...this.#ends },
      dead: this.#dead,
      wait: this.#wait.snapshot(),
      run: this.#run.snapshot(),
      total: this.#total.snapshot(),
    }
  }
}

/** Counts what becomes of all that a worker takes from its queues: so cheaply that it is always done. */
export class RunTally {
  readonly #tasks = new Map<string, TaskTally>()
  #unknown = 0
  #unreadable = 0

  /** The tally of a task that is known here: there are no more of them than of tasks. */
  of(name: string): TaskTally {
    const known = this.#tasks.get(name) ?? new TaskTally()
    this.#tasks.set(name, known)
    return known
  }

  /** A message was set aside that is of no task known here. */
  setAside(kind: 'unknown' | 'unreadable'): void {
    if (kind === 'unknown') this.#unknown += 1
    else this.#unreadable += 1
  }

  /** Copies: two of them can be subtracted (histogram.ts). */
  snapshot(): TallySnapshot {
    const tasks = new Map([...this.#tasks].map(([name, tally]) => [name, tally.counts]))
    return { tasks, unknown: this.#unknown, unreadable: this.#unreadable }
  }
}

function noEnds(): Record<RunEnd, number> {
  return Object.fromEntries(runEnds.map((end) => [end, 0])) as Record<RunEnd, number>
}

/** null: it goes on, here or elsewhere. */
function endOf(decision: Decision): RunEnd | null {
  switch (decision.kind) {
    case 'succeed':
      return 'succeeded'
    case 'fail':
      return 'failed'
    case 'retry':
      return 'retried'
    case 'ignore':
      return 'ignored'
    case 'replace':
      return 'replaced'
    case 'revoke':
      return 'revoked'
    case 'unreadable':
      return 'unreadable'
    case 'reject':
      return decision.requeue ? 'requeued' : 'rejected'
    case 'again':
    case 'leave':
    case 'handBack':
      return null
  }
}

function hasRun(outcome: Outcome): boolean {
  if (outcome.kind === 'lost') return outcome.begun !== false
  return outcome.kind !== 'unstarted' && outcome.kind !== 'unreadable'
}

function note(histogram: Histogram, milliseconds: number): void {
  if (milliseconds < longestMs) histogram.note(milliseconds)
}
