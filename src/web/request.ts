import { language, LANGUAGE_TAGS } from './language.ts'

/** A request that did not succeed. `message` is the server's `errmsg`, or empty where it sent none. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly kind: 'answered' | 'network' | 'timeout'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The server's stable name of the error, such as `SMS_TOO_FREQUENT`; empty where it sent none. */
  readonly error: string
  /** Seconds to wait before asking again, if the server said so. */
  readonly retryAfter: number | undefined
  readonly requestId: string | undefined

  constructor(
    kind: ApiError['kind'],
    details: { status?: number; error?: string; errmsg?: string; retryAfter?: number; requestId?: string } = {},
    options?: ErrorOptions,
  ) {
    super(details.errmsg ?? '', options)
    this.kind = kind
    this.status = details.status ?? 0
    this.error = details.error ?? ''
    this.retryAfter = details.retryAfter
    this.requestId = details.requestId
  }
}

export interface RequestOptions {
  fetch?: typeof fetch
  /** How long one request may take, in milliseconds. */
  timeoutMs?: number
}

export type Body = Record<string, unknown>

/** Asks the server for something. @returns the answer's JSON. @throws ApiError when it does not succeed */
export type SendRequest = (method: string, path: string, body?: object) => Promise<Body>

/** Makes what sends the pages' requests, in the language in use. */
export function createRequest(options: RequestOptions = {}): SendRequest {
  const { timeoutMs = 15_000 } = options
  // Called through a wrapper: the browser's fetch refuses to run as the method of another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))

  return async (method, path, body) => {
    const headers: Record<string, string> = {
      Accept: 'application/json',
      'Accept-Language': LANGUAGE_TAGS[language.value],
    }
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(timeoutMs) }
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    try {
      const response = await send(path, init)
      const answer = parse(await response.text())
      if (response.ok && answer['code'] === 0) return answer
      throw refusal(response, answer)
    } catch (error) {
      if (error instanceof ApiError) throw error
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      throw new ApiError(timedOut ? 'timeout' : 'network', {}, { cause: error })
    }
  }
}

function refusal(response: Response, answer: Body): ApiError {
  const retryAfter = seconds(answer['retry_after']) ?? seconds(response.headers.get('Retry-After'))
  const requestId = text(answer['request_id'])
  return new ApiError('answered', {
    status: response.status,
    error: text(answer['error']) ?? '',
    errmsg: text(answer['errmsg']) ?? '',
    ...(retryAfter !== undefined && { retryAfter }),
    ...(requestId !== undefined && { requestId }),
  })
}

/** A body that is no JSON object (a proxy's error page, say) counts as an empty one. */
function parse(body: string): Body {
  try {
    const value: unknown = JSON.parse(body)
    return isBody(value) ? value : {}
  } catch {
    return {}
  }
}

/** Whether a value of an answer is an object. */
export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null
}

/** A text of an answer, unless it is empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Whole seconds, rounded up; `undefined` for what is no positive number (a date in `Retry-After`, say). */
export function seconds(value: unknown): number | undefined {
  if (value === null || value === '') return undefined
  const number = Math.ceil(Number(value))
  return Number.isFinite(number) && number > 0 ? number : undefined
}
