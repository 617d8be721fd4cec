/*
 * What the dashboard's server and its page say to each other of single tasks and of actions; the rest, errors and who may ask
 * are in wire-types.ts. Types alone, and no imports, so that the page may have them.
 *
 *     GET  /monitor/api/tasks             ?state=FAILURE&name=…&before=…&limit=50 -> TaskPage
 *     GET  /monitor/api/task              ?id=… -> TaskDetail; 404 where nothing is known of it
 *     GET  /monitor/api/task-names        -> TaskNames: what `name` may be
 *     GET  /monitor/api/queues            -> QueueStates
 *     GET  /monitor/api/dead              ?kind=dead&queue=…&task=…&offset=0&limit=50 -> DeadPage
 *     POST /monitor/api/actions/retry     RetryRequest -> RetryAnswer
 *     POST /monitor/api/actions/retry-all RetryAllRequest -> RetryAllAnswer; one step, asked again until it is done
 *     POST /monitor/api/actions/revoke    RevokeRequest -> RevokeAnswer
 *     POST /monitor/api/actions/terminate RevokeRequest -> RevokeAnswer; the same, and ends it where it runs
 *     POST /monitor/api/actions/purge     PurgeRequest -> PurgeAnswer
 *     POST /monitor/api/actions/pause     QueueRequest -> PauseAnswer
 *     POST /monitor/api/actions/resume    QueueRequest -> PauseAnswer
 *     POST /monitor/api/actions/grow      ResizeRequest -> ResizeAnswer
 *     POST /monitor/api/actions/shrink    ResizeRequest -> ResizeAnswer
 *
 * What can't be done as things are is answered 409 CONFLICT with a text that says why, and then nothing was done. The page asks whoever
 * uses it before it sends an action: the server takes each as meant.
 *
 * Times are Unix milliseconds of the broker's clock, durations milliseconds, unless a name says otherwise.
 */

/**
 * What is the newest that is known of a task, in Celery's words; REPLACED: a signature has taken its place. RECEIVED: a worker has taken it
 * from its queue, and it may wait there for a free thread. REJECTED: its task has refused the message, or it could not be read.
 */
export type TaskStateName =
  'RECEIVED' | 'STARTED' | 'RETRY' | 'SUCCESS' | 'FAILURE' | 'REVOKED' | 'REJECTED' | 'IGNORED' | 'REPLACED'

/** One row of the list. */
export interface TaskSummary {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly state: TaskStateName
  /** Of the newest of its runs, as what follows. */
  readonly receivedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** In its thread. */
  readonly runtimeMs: number | null
  readonly retries: number
  readonly node: string
  /** `RangeError: too far`, shortened. */
  readonly error: string | null
  /** From 0 to 1; null: it has not said, or has ended. */
  readonly progress: number | null
}

/**
 * Some of the tasks that records are kept of, the newest first; `limit` 1 to 200, default 50. What comes meanwhile stands in front of the
 * first page and moves nothing on the others.
 */
export interface TaskPage {
  readonly tasks: readonly TaskSummary[]
  /** What `before` is for the next page; null: this is the last one. */
  readonly next: string | null
  /** How many there are of each state, of the name where one is given. */
  readonly counts: Readonly<Record<TaskStateName, number>>
  readonly kept: RecordFigures
}

/** How complete the records are, of all processes together. */
export interface RecordFigures {
  /** Tasks that records are kept of. */
  readonly count: number
  /** The oldest ones go first when there are more than `most`, or more than so many bytes of them, or they are older than `days`. */
  readonly most: number
  readonly bytes: number
  readonly mostBytes: number
  readonly days: number
  /** How many were dropped for these bounds so far. */
  readonly dropped: number
  /** Tasks that went well and quickly and were not recorded, because there were too many in a second. */
  readonly notRecorded: number
}

export interface TaskNames {
  /** The most frequent first; at most 200. */
  readonly names: readonly { readonly name: string; readonly count: number }[]
}

/** All that is known of one task. */
export interface TaskDetail {
  readonly id: string
  readonly name: string
  readonly queue: string
  /**
   * The newest state of its record. Without a record, where it was found: on its queue (PENDING), on the schedule or waiting for its rate
   * limit (SCHEDULED), or among the dead letters (FAILURE).
   */
  readonly state: TaskStateName | 'PENDING' | 'SCHEDULED'
  /** Where its message is now, as far as it was found. `worker`: this process works on it. null: nowhere, or in another process's hands. */
  readonly place: 'queue' | 'schedule' | 'limited' | 'worker' | 'dead' | null
  /** As Python prints them, masked as the task's definition says; '': nobody has written them. */
  readonly args: string
  readonly kwargs: string
  readonly sentAt: number | null
  /** When it is due next, where it is scheduled. */
  readonly dueAt: number | null
  readonly expiresAt: number | null
  readonly retries: number
  readonly progress: TaskProgress | null
  /** The oldest first. Empty: it has not been taken from its queue, or there is no record. */
  readonly runs: readonly TaskRun[]
  /** How many runs between the first one and the others were dropped. */
  readonly runsDropped: number
  readonly log: TaskLog
  readonly parent: TaskLink | null
  /** null: it is itself the root. */
  readonly root: TaskLink | null
  /** The newest first; at most 200. */
  readonly children: readonly TaskLink[]
  /** Its dead letter. */
  readonly dead: DeadRow | null
  /** What may be done with it now. */
  readonly can: { readonly retry: boolean; readonly revoke: boolean; readonly terminate: boolean }
}

/** What it last said with `context.updateState`. */
export interface TaskProgress {
  readonly state: string
  /** From 0 to 1, out of `current` and `total`, or of `percent`; null: it does not say. */
  readonly fraction: number | null
  /** What it said, as JSON, shortened; null: its arguments are masked, so this is not shown either. */
  readonly meta: string | null
  readonly at: number
}

/** One try. */
export interface TaskRun {
  /** 0 is the first one. */
  readonly retries: number
  readonly state: TaskStateName
  readonly receivedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly runtimeMs: number | null
  readonly node: string
  /** As Node counts threads; null: it has not begun, or that is not known. */
  readonly thread: number | null
  readonly error: TaskError | null
  /** What it returned, as Python prints it, shortened; `...` where it may not be shown. */
  readonly result: string | null
  /** When it is tried again. */
  readonly retryAt: number | null
}

export interface TaskError {
  readonly type: string
  readonly message: string
  /** Shortened; of older tries shorter still. */
  readonly stack: string | null
}

export interface TaskLog {
  /** What the task wrote with `context.log`, the oldest first. */
  readonly lines: readonly { readonly time: number; readonly text: string }[]
  /** How many older lines are gone. */
  readonly dropped: number
}

export interface TaskLink {
  readonly id: string
  /** null: there is no record of it. */
  readonly name: string | null
  readonly state: TaskStateName | null
}

export interface QueueStates {
  /** Those that this process takes tasks from, and those that are paused. */
  readonly queues: readonly QueueState[]
  /** The pool of this process that actions change. */
  readonly pool: PoolState
}

export interface QueueState {
  readonly name: string
  /** Whether this process takes tasks from it. */
  readonly served: boolean
  readonly paused: boolean
  /** When it was paused. */
  readonly pausedAt: number | null
}

export interface PoolState {
  readonly node: string
  readonly kind: 'threads' | 'async' | 'solo'
  /** Tasks at once. */
  readonly concurrency: number
  /** Why it can't be changed; null: it can. */
  readonly fixed: 'solo' | 'autoscale' | null
}

/** A message that is set aside. */
export interface DeadRow {
  /** Names it in actions. */
  readonly entry: string
  readonly kind: 'dead' | 'unknown' | 'unreadable'
  readonly queue: string
  /** When it was set aside. */
  readonly time: number
  readonly reason: string
  readonly taskId: string | null
  readonly taskName: string | null
  readonly retries: number | null
  /** Size of its message; null: it is gone, because its task has expired. It can't be retried then. */
  readonly bytes: number | null
}

/** The newest first; `limit` 1 to 200, default 50. */
export interface DeadPage {
  readonly letters: readonly DeadRow[]
  readonly total: number
}

/** The id of a task whose message is set aside, or the `entry` of that message. */
export interface RetryRequest {
  readonly id: string
}

export interface RetryAnswer {
  readonly retried: true
  readonly queue: string
}

/** Which ones; what is left out rules nothing out. */
export interface RetryAllRequest {
  readonly kind?: DeadRow['kind']
  readonly queue?: string
  /** Name of the task. */
  readonly task?: string
  /** As the answer of the first step says it, so that what comes back meanwhile is not retried again. Left out in the first step. */
  readonly before?: number
}

export interface RetryAllAnswer {
  /** How many this step has put back. */
  readonly moved: number
  /** How many it has passed over because their message is gone; each step passes those over again that the ones before it have. */
  readonly left: number
  /** How many there are still, of those that are meant. */
  readonly remaining: number
  readonly before: number
  readonly done: boolean
}

/** 1 to 100 ids. */
export interface RevokeRequest {
  readonly ids: readonly string[]
}

export interface RevokeAnswer {
  readonly revoked: number
  /** Of those, how many this process works on now. Others may be in the hands of other processes. */
  readonly here: number
}

export interface QueueRequest {
  readonly queue: string
}

export interface PurgeRequest extends QueueRequest {
  /** Also what is due later. Default false. */
  readonly scheduled?: boolean
}

export interface PurgeAnswer {
  readonly queue: string
  readonly purged: number
  /** How many that are due later are still there. */
  readonly left: number
}

/** A paused queue is taken from by no Lovage process on this Redis until it is resumed; what was taken before is run. */
export interface PauseAnswer extends QueueRequest {
  readonly paused: boolean
  /** Whether that is new. */
  readonly changed: boolean
}

/** 1 to 1000 tasks at once more, or fewer. */
export interface ResizeRequest {
  readonly by: number
}

export interface ResizeAnswer {
  readonly from: number
  readonly to: number
}
