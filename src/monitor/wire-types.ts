/*
 * What the dashboard's server and its page say to each other. Types alone, and no imports, so that the page may have them.
 *
 *     GET    /monitor                      the page; without a session it asks for the token
 *     GET    /monitor?token=…              opens a session, and leads to /monitor, so that the token leaves the address
 *     POST   /monitor/api/session          SessionRequest -> SessionAnswer, with the cookie
 *     DELETE /monitor/api/session          ends it here -> SessionEnded
 *     GET    /monitor/api/live             server-sent events, of the names in LiveEvents
 *     GET    /monitor/api/history          ?hours=1&step=60&task=… -> HistoryAnswer
 *     GET    /monitor/api/tasks…           tasks: types of their own
 *     POST   /monitor/api/actions/…        actions: types of their own
 *
 * Whatever goes wrong is answered as a MonitorFault. All but the page and `POST session` need the cookie, else 401; POST, PUT and
 * DELETE need an `Origin` that equals `Host`, else 403; all need a `Host` of the list, else 403. Bodies are JSON.
 *
 * Times are Unix milliseconds of the broker's clock, ages and durations milliseconds, rates per second, unless a name says otherwise.
 */

/** Every answer that is no success. */
export interface MonitorFault {
  readonly error: MonitorErrorName
  /** In English, for whoever looks into it; pages have texts of their own, by `error`. Says what was expected and what came. */
  readonly message: string
  /** When to ask again, in whole seconds; only of TOO_MANY_TRIES, TOO_MANY_VIEWERS and UNAVAILABLE. */
  readonly retryAfter?: number
}

export type MonitorErrorName =
  /** 401: no session, or it has ended. */
  | 'NO_SESSION'
  /** 401: the token is another one. */
  | 'WRONG_TOKEN'
  /** 429: too many wrong tokens from that address. */
  | 'TOO_MANY_TRIES'
  /** 403: `Host` is not in the list. */
  | 'HOST_NOT_ALLOWED'
  /** 403: `Origin` is missing, or is not that of `Host`. */
  | 'FOREIGN_ORIGIN'
  /** 400: a query or a body is not what it should be. */
  | 'BAD_REQUEST'
  /** 404, 405. */
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  /** 409: it can't be done as things are; `message` says why. */
  | 'CONFLICT'
  /** 413. */
  | 'TOO_LARGE'
  /** 503: the page has not been built. */
  | 'PAGE_NOT_BUILT'
  /** 503: as many look on as may. */
  | 'TOO_MANY_VIEWERS'
  /** 503: Redis is away, or the process stops. */
  | 'UNAVAILABLE'
  /** 500. */
  | 'INTERNAL'

export interface SessionRequest {
  readonly token: string
}

export interface SessionAnswer {
  /** When the session ends; by the clock of the process, as the cookie's own end. */
  readonly endsAt: number
}

export interface SessionEnded {
  readonly ended: true
}

/** The events of `/monitor/api/live`, by their names, and what each carries as its data. */
export interface LiveEvents {
  /** Once, first: how it went lately, as far as somebody looked on then; since the event with `Last-Event-ID` where that is given. */
  readonly recent: readonly LivePoint[]
  /** Each second. Its id is its time. One that a slow reader has no room for is left out, not kept. */
  readonly snapshot: LiveSnapshot
  /** In place of a snapshot: it could not be made, because Redis is away. */
  readonly trouble: { readonly message: string }
  /** The last one. `stopping`: the process ends, and another may take its place, so come again; `session`: the session has ended. */
  readonly bye: { readonly reason: 'stopping' | 'session' }
}

/** Figures of one moment, of all queues and processes together. */
export interface LivePoint {
  readonly time: number
  /** Messages worked off, per second. */
  readonly perSecond: number
  /** Messages on the queues' lists, and those that wait for a rate limit. */
  readonly waiting: number
  /** Tasks that run. */
  readonly running: number
  /** Messages that are due later; those that are tried again later among them. */
  readonly scheduled: number
  /** Those of the scheduled ones that are tried again. */
  readonly retrying: number
  /** Messages that are set aside as dead letters. */
  readonly dead: number
}

export interface LiveSnapshot {
  readonly totals: LivePoint
  /** Of the tasks that ended in the last five minutes, in all processes: this one's at once, those of others up to ten seconds late. */
  readonly latency: Latency
  /** The same by the tasks' names, the busiest first; at most 200. */
  readonly tasks: readonly TaskRow[]
  readonly queues: readonly QueueRow[]
  /** Threads of this process. */
  readonly threads: readonly ThreadRow[]
  /** This one first, then by name. */
  readonly processes: readonly ProcessRow[]
  /** Periodic tasks, the next one first. Empty: the settings have none. */
  readonly beat: readonly BeatRow[]
  readonly sms: SmsFigures
}

/** Percentiles in milliseconds; null: nothing ended. Read from logarithmic buckets: a figure is at most a quarter off. */
export interface Percentiles {
  readonly count: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

export interface Latency {
  /** From when it was sent, or due, to its start. Only of messages that say when they were sent. */
  readonly wait: Percentiles
  /** In its thread. */
  readonly run: Percentiles
  /** From when it was sent, or due, to its end. */
  readonly total: Percentiles
}

/**
 * What became of a run, or of a message that was not run: `succeeded`, `failed`, `rejected`, `ignored` are ends; `replaced` goes on as another
 * task, `retried` and `requeued` run again; `revoked`, `expired` and `unreadable` were not to be run.
 */
export type OutcomeName =
  | 'succeeded'
  | 'failed'
  | 'retried'
  | 'rejected'
  | 'requeued'
  | 'ignored'
  | 'replaced'
  | 'revoked'
  | 'expired'
  | 'unreadable'

export type OutcomeCounts = Readonly<Record<OutcomeName, number>>

export interface TaskRow extends Latency {
  readonly name: string
  readonly outcomes: OutcomeCounts
  readonly perSecond: number
}

export interface QueueRow {
  readonly name: string
  /** Whether this process takes tasks from it. */
  readonly served: boolean
  /** Messages on its lists. */
  readonly waiting: number
  /** The same by kombu's priority steps, as '0', '3', '6', '9'; steps without any are left out. */
  readonly byPriority: Readonly<Record<string, number>>
  /** Age of the oldest message on its lists; null: there is none, or it does not say when it was sent. */
  readonly oldestAge: number | null
  readonly scheduled: number
  readonly retrying: number
  /** Messages that wait for a rate limit. */
  readonly limited: number
  /** Messages that are set aside. */
  readonly dead: number
  readonly unknown: number
  readonly unreadable: number
}

export interface ThreadRow {
  /** As Node counts it; 0: the main thread, of the solo pool. */
  readonly thread: number
  readonly pool: 'threads' | 'async' | 'solo'
  /** What runs on it, the oldest first; at most 50. */
  readonly running: readonly RunningTask[]
  /** How many run on it. */
  readonly count: number
}

export interface RunningTask {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly since: number
  /** For how long, at the time of the snapshot. */
  readonly for: number
  readonly retries: number
}

export interface ProcessRow {
  readonly name: string
  readonly kind: 'lovage' | 'celery' | 'other'
  /** Whether it is the one that tells this. */
  readonly here: boolean
  /** `online`; `late`: has not been heard of for longer than it should; `offline`: has said so, or its lease has lapsed. */
  readonly state: 'online' | 'late' | 'offline'
  /** `lovage 0.1.0`; '': it has not said. */
  readonly software: string
  /** When it was heard of last; null: not since somebody looks on. */
  readonly lastSeen: number | null
  /** Tasks that run, and have been started since it began; null: it has not said. */
  readonly running: number | null
  readonly processed: number | null
  /** Tasks at once; known of this process alone. */
  readonly slots: number | null
  readonly perSecond: number | null
  /** The machine's load averages over 1, 5 and 15 minutes; empty: it has not said. */
  readonly load: readonly number[]
  /** Resident memory, bytes; known of this process alone. */
  readonly memory: number | null
}

export interface BeatRow {
  readonly name: string
  readonly task: string
  /** As it is shown by `lovage beat list`. */
  readonly schedule: string
  /** null: no scheduler has looked at it yet. */
  readonly next: number | null
  readonly lastSent: number | null
  readonly sent: number
  readonly missed: number
}

export interface SmsFigures {
  /** The gateways of this process, in their order. */
  readonly gateways: readonly GatewayRow[]
  /** Budgets of all processes together that have a total. */
  readonly budgets: readonly BudgetRow[]
  /** What the budgets of this process have refused since it began, by the budget: only those that have refused. */
  readonly refused: Readonly<Record<string, number>>
  /** What looks like SMS pumping to this process; null: the guard is off. */
  readonly pumping: readonly PumpingRow[] | null
}

/** Codes that are asked for and hardly ever used, of numbers with one prefix or from one block of addresses. */
export interface PumpingRow {
  readonly by: 'prefix' | 'block'
  /** Whether a suspicious code was asked for so lately that codes of that time still count. */
  readonly active: boolean
  /** How often a prefix or a block has become suspicious, since the process began. */
  readonly alarms: number
  /** Codes that were asked for while it was. */
  readonly suspicious: number
  readonly lastAt: number | null
}

export interface GatewayRow {
  readonly name: string
  readonly breaker: 'closed' | 'open' | 'probing'
  readonly attempts: number
  readonly accepted: number
  /** By class: transient, throttled, recipient, configuration. */
  readonly failed: Readonly<Record<string, number>>
  readonly uncertain: number
  readonly passedOver: number
  readonly lastError: string | null
  readonly lastErrorAt: number | null
  readonly lastAt: number | null
}

export interface BudgetRow {
  readonly name: 'smsPerMinute'
  readonly used: number
  /** null: no limit, and nobody counts. */
  readonly limit: number | null
}

/**
 * Columns: each of them has a value for each time. Gaps, in which no process was there, are null in all of them.
 *
 * `hours` 1 to what is kept, 24 by default (default 1), `step` in seconds: a multiple of 10 from 10 to 3600, default such that there are some 360
 * steps; at most 2,880. Steps under 60 s are kept for two hours; for a longer span multiples of 60 are taken, and `step` says so. With `task`, `latency` and `outcomes` are of
 * that task alone.
 */
export interface HistoryAnswer {
  readonly step: number
  /** Unix milliseconds of the beginnings of the steps. */
  readonly times: readonly number[]
  /** Messages worked off, per second. */
  readonly perSecond: HistoryColumn
  readonly outcomes: Readonly<Record<OutcomeName, HistoryColumn>>
  readonly latency: Readonly<Record<keyof Latency, HistoryPercentiles>>
  /** At the end of each step, of all queues together. */
  readonly waiting: HistoryColumn
  readonly scheduled: HistoryColumn
  readonly retrying: HistoryColumn
  readonly dead: HistoryColumn
  readonly oldestAge: HistoryColumn
  /** Mean of all processes together. */
  readonly running: HistoryColumn
  /** How many processes were there. */
  readonly processes: HistoryColumn
  /** Names that `task` may be, the busiest first; at most 200. */
  readonly tasks: readonly string[]
  readonly queues: readonly HistoryQueue[]
}

export type HistoryColumn = readonly (number | null)[]

export interface HistoryPercentiles {
  readonly p50: HistoryColumn
  readonly p95: HistoryColumn
  readonly p99: HistoryColumn
}

export interface HistoryQueue {
  readonly name: string
  readonly waiting: HistoryColumn
  readonly oldestAge: HistoryColumn
}
