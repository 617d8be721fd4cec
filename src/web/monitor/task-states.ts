import type { TaskDetail, TaskStateName } from '../../monitor/task-wire-types.ts'

/** The states that the list can be narrowed to, in the order of a task's life. */
export const LISTED_STATES: readonly TaskStateName[] = [
  'RECEIVED',
  'STARTED',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'REJECTED',
  'IGNORED',
  'REPLACED',
]

export type AnyTaskState = TaskDetail['state']

/** The colour that goes with the word. */
export const STATE_TONES: Readonly<Record<AnyTaskState, 'good' | 'busy' | 'warning' | 'bad' | 'idle'>> = {
  PENDING: 'idle',
  SCHEDULED: 'idle',
  RECEIVED: 'idle',
  STARTED: 'busy',
  RETRY: 'warning',
  SUCCESS: 'good',
  FAILURE: 'bad',
  REVOKED: 'warning',
  REJECTED: 'bad',
  IGNORED: 'idle',
  REPLACED: 'good',
}

const ENDS: ReadonlySet<AnyTaskState> = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED', 'IGNORED', 'REPLACED'])

/**
 * When to ask for a task again, in milliseconds. Looking for one that is not there goes through all that waits; but it may be on its way from
 * its queue to its first record.
 *
 * @param state undefined: nothing was answered yet
 * @param misses how often in succession nothing was known of it
 */
export function askAgainMs(state: AnyTaskState | undefined, misses = 0): number {
  if (misses > 0) return Math.min(500 * 2 ** misses, 10_000)
  // Nothing more is to be expected of it, unless somebody retries it.
  return state !== undefined && ENDS.has(state) ? 5_000 : 1_000
}

export function isListedState(text: string): text is TaskStateName {
  return (LISTED_STATES as readonly string[]).includes(text)
}
