import { messageOf } from '../errors.ts'
import { failureOf, type LossCause, type Outcome } from '../outcome.ts'
import type { PoolThread } from './pool-thread.ts'
import type { Job } from './pool.ts'

/** Why the pool itself ended a thread: for which job's sake. */
export interface Ending {
  readonly key: number
  readonly cause: LossCause
  readonly error: Error
}

/** The outcome of a job whose thread ended under it, or that got none: whose doing it was. */
export function lostOutcome(facts: {
  readonly thread: PoolThread | null
  readonly ending: Ending | undefined
  readonly job: Job
  readonly thrown: unknown
  /** The whole pool has ended. */
  readonly stopped: boolean
  readonly runtimeMs: number
}): Outcome {
  const { thread, ending, job, thrown, stopped, runtimeMs } = facts
  const begun = thread === null ? { begun: false as const } : {}
  const lost = { kind: 'lost', runtimeMs, alone: thread?.endedAlone ?? true, ...begun } as const
  if (stopped) return { ...lost, error: failureOf(thrown), cause: 'stopped' }
  if (ending === undefined) return { ...lost, error: failureOf(thrown), cause: 'crash' }
  if (ending.key === job.key) {
    return { ...lost, error: { ...failureOf(ending.error), stack: null }, cause: ending.cause }
  }
  const error = new Error(`its thread was ended for another task: ${messageOf(ending.error)}`)
  return { ...lost, error: failureOf(error), cause: 'bystander' }
}
