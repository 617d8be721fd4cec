import type { WireSignature } from '../canvas/wire-signature.ts'
import { EngineError, TimeLimitExceeded } from '../errors.ts'
import { isWorthRetrying, type Outcome, type TaskFailure } from '../outcome.ts'
import type { OnUncertain, TaskOptions } from '../task-options.ts'

/** What a task's options say about runs that went wrong. */
export interface RetryPolicy {
  /** Infinity: for ever. */
  readonly maxRetries: number
  readonly firstMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: boolean
  readonly onUncertain: OnUncertain
  /** Whether a run whose thread was ended at the hard limit may go well another time. */
  readonly retriesTimeLimit: boolean
  /** How often a task may end its thread before it is set aside. */
  readonly maxCrashes: number
}

/** What is known of a message when it is decided upon. */
export interface Attempt {
  /** Durable retries so far. */
  readonly retries: number
  /** How often it has ended its thread so far. */
  readonly crashes: number
  /** From 0 to 1, for the jitter. */
  readonly random: number
}

/**
 * What becomes of a message after a run.
 *
 * - `succeed`, `fail`, `revoke`, `ignore`, `reject`, `unreadable` end it
 * - `replace`: this signature goes on in its place
 * - `retry`: on the schedule again, with these counts
 * - `again`: run it here and now once more; `isolated`: on a thread to itself, to find out who ends it
 * - `leave`: it stays claimed, and is handed back with all others at the end
 * - `handBack`: it has not begun, and goes back to its queue, to be served next
 */
export type Decision =
  | { readonly kind: 'succeed' | 'ignore' | 'unreadable' | 'revoke' | 'leave' | 'handBack' }
  | { readonly kind: 'replace'; readonly signature: WireSignature }
  | { readonly kind: 'fail'; readonly error: TaskFailure; readonly deadLetter: boolean }
  | { readonly kind: 'reject'; readonly error: TaskFailure; readonly requeue: boolean }
  | {
      readonly kind: 'retry'
      readonly error: TaskFailure
      readonly delayMs: number
      readonly retries: number
      readonly crashes: number
      /** What the next run is told, in place of what this one was told. */
      readonly memo?: string
    }
  | { readonly kind: 'again'; readonly isolated: boolean }

/**
 * The policy of a task, with the defaults filled in. A function among the error rules is not asked here: it is the thread's.
 *
 * @throws EngineError OPTION_INVALID
 */
export function policyOf(
  options: TaskOptions<never[]>,
  settings: Readonly<Record<string, unknown>>,
  maxCrashes: number,
): RetryPolicy {
  const { maxRetries = 3, retryBackoff = {}, retryJitter = true, dontRetryFor, onUncertain = 'retry' } = options
  const { seconds = 1, factor = 2, maxSeconds = 600 } = retryBackoff
  return {
    maxRetries: maxRetries ?? Infinity,
    firstMs: seconds * 1000,
    factor,
    maxMs: maxSeconds * 1000,
    jitter: retryJitter,
    onUncertain: checkedOnUncertain(typeof onUncertain === 'function' ? onUncertain(settings) : onUncertain),
    retriesTimeLimit:
      typeof dontRetryFor === 'function' ||
      isWorthRetrying(new TimeLimitExceeded(0), dontRetryFor === undefined ? {} : { dontRetryFor }),
    maxCrashes,
  }
}

function checkedOnUncertain(value: unknown): OnUncertain {
  if (value === 'retry' || value === 'fail') return value
  throw new EngineError(
    'OPTION_INVALID',
    `onUncertain: expected the function to return 'retry' or 'fail', came ${String(value)}`,
  )
}

/** Decides what becomes of a message. Pure. */
export function decide(outcome: Outcome, attempt: Attempt, policy: RetryPolicy): Decision {
  switch (outcome.kind) {
    case 'success':
      return { kind: 'succeed' }
    case 'ignore':
    case 'unreadable':
      return { kind: outcome.kind }
    case 'replaced':
      return { kind: 'replace', signature: outcome.signature }
    case 'unstarted':
      return { kind: 'handBack' }
    case 'reject':
      return { kind: 'reject', error: outcome.error, requeue: outcome.requeue }
    case 'failure':
      return { kind: 'fail', error: outcome.error, deadLetter: outcome.deadLetter }
    case 'retry':
      return retry(outcome.error, attempt, policy, outcome.countdownMs)
    case 'transient': {
      if (policy.onUncertain === 'fail' && outcome.error.type === 'SoftTimeLimitExceeded')
        return uncertain(outcome.error)
      const wait = backoff(attempt, policy)
      const decision = retry(outcome.error, attempt, policy, Math.max(wait, outcome.retryAfterMs ?? 0))
      return outcome.memo === undefined || decision.kind !== 'retry' ? decision : { ...decision, memo: outcome.memo }
    }
    case 'lost':
      return decideLost(outcome, attempt, policy)
  }
}

function decideLost(outcome: Outcome & { kind: 'lost' }, attempt: Attempt, policy: RetryPolicy): Decision {
  const { cause, alone, error } = outcome
  if (cause === 'stopped') return { kind: 'leave' }
  if (cause === 'terminated') return { kind: 'revoke' }
  if (policy.onUncertain === 'fail') return uncertain(error)
  if (cause === 'bystander') return { kind: 'again', isolated: false }
  if (cause === 'timeLimit') {
    return policy.retriesTimeLimit ? retry(error, attempt, policy, null) : { kind: 'fail', error, deadLetter: true }
  }
  if (!alone) return { kind: 'again', isolated: true }
  const crashes = attempt.crashes + 1
  if (crashes >= policy.maxCrashes) {
    const message = `it ended its thread ${crashes} times, the last time: ${error.message}`
    return { kind: 'fail', error: { ...error, message }, deadLetter: true }
  }
  return {
    kind: 'retry',
    error,
    delayMs: backoff({ ...attempt, retries: crashes - 1 }, policy),
    retries: attempt.retries,
    crashes,
  }
}

function retry(error: TaskFailure, attempt: Attempt, policy: RetryPolicy, waitMs: number | null): Decision {
  if (attempt.retries >= policy.maxRetries) return { kind: 'fail', error, deadLetter: true }
  const delayMs = waitMs ?? backoff(attempt, policy)
  return { kind: 'retry', error, delayMs, retries: attempt.retries + 1, crashes: attempt.crashes }
}

function uncertain(error: TaskFailure): Decision {
  return { kind: 'fail', error: uncertainFailure(error.message), deadLetter: true }
}

/** The failure of a task of which nobody knows how far it came, and which must not be run again. */
export function uncertainFailure(reason: string): TaskFailure {
  return { type: 'UNCERTAIN', message: `it may have taken effect, or not: ${reason}`, stack: null }
}

function backoff({ retries, random }: Pick<Attempt, 'retries' | 'random'>, policy: RetryPolicy): number {
  // 0 times Infinity would be NaN.
  const full = policy.firstMs === 0 ? 0 : Math.min(policy.firstMs * policy.factor ** retries, policy.maxMs)
  return Math.round(policy.jitter ? full * (1 - random / 2) : full)
}
