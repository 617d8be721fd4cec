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
 * When to ask for a task again, in milliseconds: looking for one that is not there goes through all that waits.
 *
 * @param state null: nothing is known of it; undefined: nothing was answered yet
 */
export function askAgainMs(state: AnyTaskState | null | undefined): number {
  if (state === null) return 10_000
  // Nothing more is to be expected of it, unless somebody retries it.
  return state !== undefined && ENDS.has(state) ? 5_000 : 1_000
}

export function isListedState(text: string): text is TaskStateName {
  return (LISTED_STATES as readonly string[]).includes(text)
}
