import type { Outcome } from '../outcome.ts'
import type { Revocations } from './revocations.ts'
import { decide, type Attempt, type Decision } from './retry-policy.ts'
import type { Settler } from './settler.ts'
import { jobOf, type Work } from './work.ts'
import type { WorkerLimits } from './worker-options.ts'

/** What it works with. */
export interface DecidedRunOptions {
  readonly settler: Pick<Settler, 'abandoned'>
  readonly revocations: Pick<Revocations, 'has'>
  readonly limits: Pick<WorkerLimits, 'timeLimit' | 'softTimeLimit'>
}

/** A task has run once: runs it again, at once, where that is for the best, until it is decided what becomes of its message. */
export async function decidedRun(
  work: Work,
  first: Outcome,
  { settler, revocations, limits }: DecidedRunOptions,
): Promise<{ outcome: Outcome; decision: Decision }> {
  const { message, known, policy } = work
  let outcome = first
  let isolated = message.crashes > 0
  for (let losses = 1; ; losses += 1) {
    if (outcome.kind !== 'unstarted') known.runTime.note(outcome.runtimeMs)
    const decision = decide(outcome, attemptOf(work), policy)
    if (decision.kind !== 'again' || settler.abandoned) return { outcome, decision }
    if (revocations.has(message.id)) return { outcome, decision: { kind: 'revoke' } }
    // Whoever loses its thread to others again and again may run alone, too.
    isolated ||= decision.isolated || losses > 1
    outcome = await known.pool.run(jobOf(work, limits, isolated))
  }
}

/** How often it was tried before. */
export function attemptOf({ message: { retries, crashes } }: Work): Attempt {
  return { retries, crashes, random: Math.random() }
}
