import type { MonitorErrorName, MonitorFault } from './wire-types.ts'

/** The status of each error's answer. */
const statuses: Readonly<Record<MonitorErrorName, number>> = {
  NO_SESSION: 401,
  WRONG_TOKEN: 401,
  TOO_MANY_TRIES: 429,
  HOST_NOT_ALLOWED: 403,
  FOREIGN_ORIGIN: 403,
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  TOO_LARGE: 413,
  PAGE_NOT_BUILT: 503,
  TOO_MANY_VIEWERS: 503,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

/** What a request of the dashboard is refused with. */
export class MonitorError extends Error {
  readonly error: MonitorErrorName
  /** Whole seconds; null: it is not said. */
  readonly retryAfter: number | null

  /** @param message says what was expected and what came; it is sent as it is, so nothing secret belongs in it */
  constructor(
    error: MonitorErrorName,
    message: string,
    options: { readonly retryAfter?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'MonitorError'
    this.error = error
    this.retryAfter = options.retryAfter ?? null
  }

  get status(): number {
    return statuses[this.error]
  }

  get fault(): MonitorFault {
    const { error, message, retryAfter } = this
    return { error, message, ...(retryAfter !== null && { retryAfter }) }
  }
}
