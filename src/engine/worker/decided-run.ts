import type { Outcome } from '../outcome.ts'
import type { Revocations } from './revocations.ts'
import { decide, type Attempt, type Decision } from './retry-policy.ts'
import type { Settler } from './settler.ts'
import type { Tracer } from '../tracer.ts'
import { jobOf, type Work } from './work.ts'
import type { WorkerLimits } from './worker-options.ts'

/** What it works with. */
export interface DecidedRunOptions {
  readonly settler: Pick<Settler, 'abandoned'>
  readonly revocations: Pick<Revocations, 'has'>
  readonly limits: Pick<WorkerLimits, 'timeLimit' | 'softTimeLimit'>
  /** Told of runs whose spans ended with their threads; default: nobody is. */
  readonly tracer?: Pick<Tracer, 'lost'> | null
}

/** A task has run once: runs it again, at once, where that is for the best, until it is decided what becomes of its message. */
export async function decidedRun(
  work: Work,
  first: Outcome,
  { settler, revocations, limits, tracer = null }: DecidedRunOptions,
): Promise<{ outcome: Outcome; decision: Decision }> {
  const { message, known, policy } = work
  let outcome = first
  let isolated = message.crashes > 0
  for (let losses = 1; ; losses += 1) {
    if (outcome.kind !== 'unstarted') known.runTime.note(outcome.runtimeMs)
    if (tracer !== null && outcome.kind === 'lost' && outcome.begun !== false) tellLost(tracer, work, outcome)
    const decision = decide(outcome, attemptOf(work), policy)
    if (decision.kind !== 'again' || settler.abandoned) return { outcome, decision }
    if (revocations.has(message.id)) return { outcome, decision: { kind: 'revoke' } }
    // Whoever loses its thread to others again and again may run alone, too.
    isolated ||= decision.isolated || losses > 1
    outcome = await known.pool.run(jobOf(work, limits, isolated))
  }
}

/** Its thread could tell nobody. */
function tellLost(tracer: Pick<Tracer, 'lost'>, { claim, message, task }: Work, outcome: Outcome): void {
  const { id, name, retries, trace = null } = message
  const masked = task.options.mask !== undefined
  tracer.lost({ id, name, retries, masked, trace: { queue: claim.queue, headers: trace } }, outcome, outcome.runtimeMs)
}

/** How often it was tried before. */
export function attemptOf({ message: { retries, crashes } }: Work): Attempt {
  return { retries, crashes, random: Math.random() }
}
