import type { HistoryAnswer, MonitorErrorName, MonitorFault, SessionAnswer } from '../../monitor/wire-types.ts'
import type {
  DeadPage,
  DeadRow,
  PauseAnswer,
  PurgeAnswer,
  QueueStates,
  ResizeAnswer,
  RetryAllAnswer,
  RetryAllRequest,
  RetryAnswer,
  RevokeAnswer,
  TaskDetail,
  TaskNames,
  TaskPage,
} from '../../monitor/task-wire-types.ts'

/** A request of the dashboard that did not succeed. `message` is the server's own, in English; empty where it sent none. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError'
  /** NETWORK, TIMEOUT: there was no answer. UNEXPECTED: one that is not the dashboard's, as of a proxy. */
  readonly error: MonitorErrorName | 'NETWORK' | 'TIMEOUT' | 'UNEXPECTED'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Whole seconds, if the server said when to ask again. */
  readonly retryAfter: number | undefined

  constructor(
    error: MonitorError['error'],
    details: { status?: number; message?: string; retryAfter?: number | undefined } = {},
    options?: ErrorOptions,
  ) {
    super(details.message ?? '', options)
    this.error = error
    this.status = details.status ?? 0
    this.retryAfter = details.retryAfter
  }
}

export interface MonitorApiOptions {
  fetch?: typeof fetch
  /** How long one request may take, in milliseconds. */
  timeoutMs?: number
  /** Told when an answer says that there is no session, or none any more. */
  noSession?: () => void
}

type Query = Readonly<Record<string, string | number | undefined>>

export interface TaskListQuery {
  state?: string | undefined
  name?: string | undefined
  before?: string | undefined
  limit?: number
}

export interface DeadQuery {
  kind: DeadRow['kind']
  queue?: string | undefined
  task?: string | undefined
  offset?: number
  limit?: number
}

export type MonitorApi = ReturnType<typeof createMonitorApi>

/** The dashboard's routes. Every call throws a `MonitorError` when it does not succeed. */
export function createMonitorApi({ timeoutMs = 15_000, noSession, ...options }: MonitorApiOptions = {}) {
  // Called through a wrapper: the browser's fetch refuses to run as the method of another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))

  async function request<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const headers: Record<string, string> = { Accept: 'application/json' }
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(timeoutMs) }
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    let response: Response
    let text: string
    try {
      response = await send(`/monitor/api/${path}`, init)
      text = await response.text()
    } catch (error) {
      throw unanswered(error)
    }
    if (!response.ok) throw refused(response.status, text)
    const answer = parse(text)
    if (answer === undefined) throw new MonitorError('UNEXPECTED', { status: response.status })
    return answer as Answer
  }

  function refused(status: number, text: string): MonitorError {
    const error = readFault(status, text)
    if (error.error === 'NO_SESSION') noSession?.()
    return error
  }

  const get = <Answer>(path: string, query: Query = {}) => request<Answer>('GET', path + search(query))
  const act = <Answer>(action: string, body: object) => request<Answer>('POST', `actions/${action}`, body)

  return {
    openSession: (token: string) => request<SessionAnswer>('POST', 'session', { token }),
    endSession: () => request<object>('DELETE', 'session'),

    /**
     * Opens the stream of live events.
     *
     * @param lastId the id of the last event that came, empty if none has
     */
    async openLive(signal: AbortSignal, lastId: string): Promise<ReadableStream<Uint8Array>> {
      const headers = { Accept: 'text/event-stream', ...(lastId !== '' && { 'Last-Event-ID': lastId }) }
      try {
        const response = await send('/monitor/api/live', { headers, signal })
        if (!response.ok) throw refused(response.status, await response.text())
        if (response.body === null) throw new MonitorError('UNEXPECTED', { status: response.status })
        return response.body
      } catch (error) {
        throw error instanceof MonitorError ? error : unanswered(error)
      }
    },

    /** @param hours 1 to 24 @param step seconds @param task the only one whose times and outcomes are meant */
    history: (hours: number, step?: number, task?: string) => get<HistoryAnswer>('history', { hours, step, task }),
    tasks: (query: TaskListQuery) => get<TaskPage>('tasks', { ...query }),
    task: (id: string) => get<TaskDetail>('task', { id }),
    taskNames: () => get<TaskNames>('task-names'),
    queues: () => get<QueueStates>('queues'),
    dead: (query: DeadQuery) => get<DeadPage>('dead', { ...query }),

    /** @param id of a task, or the entry of a message that is set aside */
    retry: (id: string) => act<RetryAnswer>('retry', { id }),
    retryAll: (which: RetryAllRequest) => act<RetryAllAnswer>('retry-all', which),
    revoke: (id: string) => act<RevokeAnswer>('revoke', { ids: [id] }),
    terminate: (id: string) => act<RevokeAnswer>('terminate', { ids: [id] }),
    purge: (queue: string) => act<PurgeAnswer>('purge', { queue }),
    pause: (queue: string) => act<PauseAnswer>('pause', { queue }),
    resume: (queue: string) => act<PauseAnswer>('resume', { queue }),
    grow: (by: number) => act<ResizeAnswer>('grow', { by }),
    shrink: (by: number) => act<ResizeAnswer>('shrink', { by }),
  }
}

function unanswered(cause: unknown): MonitorError {
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError'
  return new MonitorError(timedOut ? 'TIMEOUT' : 'NETWORK', {}, { cause })
}

function readFault(status: number, text: string): MonitorError {
  const fault: Partial<MonitorFault> | undefined = parse(text)
  if (typeof fault?.error !== 'string') return new MonitorError('UNEXPECTED', { status })
  return new MonitorError(fault.error, { status, message: fault.message ?? '', retryAfter: fault.retryAfter })
}

/** @returns undefined for what is no JSON object: a proxy's error page, say */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}
