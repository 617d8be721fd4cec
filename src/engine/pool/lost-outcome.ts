import { messageOf } from '../errors.ts'
import { failureOf, type LossCause, type Outcome } from '../outcome.ts'
import type { Job } from './pool.ts'

/** Why the pool itself ended a thread: for which job's sake. */
export interface Ending {
  readonly key: number
  readonly cause: LossCause
  readonly error: Error
}

/** The outcome of a job whose thread ended under it, or that got none: whose doing it was. */
export function lostOutcome(facts: {
  /** Why the pool ended the thread; null where it ended by itself, or there was none. */
  readonly ending: Ending | null
  readonly job: Job
  /** Whether no other job was under way on the thread. */
  readonly alone: boolean
  readonly begun: boolean
  readonly thrown: unknown
  /** The whole pool has ended. */
  readonly stopped: boolean
  readonly runtimeMs: number
}): Outcome {
  const { ending, job, alone, thrown, stopped, runtimeMs } = facts
  const lost = { kind: 'lost', runtimeMs, alone, ...(!facts.begun && { begun: false as const }) } as const
  if (stopped) return { ...lost, error: failureOf(thrown), cause: 'stopped' }
  if (ending === null) return { ...lost, error: failureOf(thrown), cause: 'crash' }
  if (ending.key === job.key) {
    return { ...lost, error: { ...failureOf(ending.error), stack: null }, cause: ending.cause }
  }
  const error = new Error(`its thread was ended for another task: ${messageOf(ending.error)}`)
  return { ...lost, error: failureOf(error), cause: 'bystander' }
}

/** The outcome of a job that was terminated before it began. */
export function terminatedUnbegun(job: Job): Outcome {
  const ending = { key: job.key, cause: 'terminated', error: new Error('revoked') } as const
  return lostOutcome({ ending, job, alone: true, begun: false, thrown: ending.error, stopped: false, runtimeMs: 0 })
}

/** The outcome of a job that had not begun when the pool ended. */
export function stoppedUnbegun(job: Job): Outcome {
  const thrown = new Error('the pool has ended')
  return lostOutcome({ ending: null, job, alone: true, begun: false, thrown, stopped: true, runtimeMs: 0 })
}
