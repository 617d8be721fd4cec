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

/** Whether nothing more is to be expected of the task, unless somebody retries it. */
export function hasEnded(state: AnyTaskState): boolean {
  return ENDS.has(state)
}

export function isListedState(text: string): text is TaskStateName {
  return (LISTED_STATES as readonly string[]).includes(text)
}
