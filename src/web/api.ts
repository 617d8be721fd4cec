import type { Challenge as AltchaChallenge } from 'altcha-lib/types'
import { language, LANGUAGE_TAGS } from './language.ts'

/** What became of a message, as `GET /sms_codes/status/:task_id` tells it. */
export type SmsStatus = 'queued' | 'sending' | 'sent' | 'failed'

export interface UserInfo {
  username: string
  /** Masked: `138****0000`. */
  mobile: string
}

/** With the answer to a picture, or a proof in its place. */
export type SmsRequest = { mobile: string } & (
  { image_code: string; image_code_id: string } | { captcha_proof: string }
)

/** What a proof of work must solve, in ALTCHA's format. */
export interface Challenge extends AltchaChallenge {
  parameters: AltchaChallenge['parameters'] & { data: { maxNumber: number } }
}

export interface Registration {
  username: string
  password: string
  password2: string
  mobile: string
  sms_code: string
  allow: boolean
}

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

export interface ApiOptions {
  fetch?: typeof fetch
  /** How long one request may take, in milliseconds. */
  timeoutMs?: number
}

export type Api = ReturnType<typeof createApi>

type Body = Record<string, unknown>

/** The server's routes that the pages use. Every call throws an `ApiError` when it does not succeed. */
export function createApi(options: ApiOptions = {}) {
  const { timeoutMs = 15_000 } = options
  // Called through a wrapper: the browser's fetch refuses to run as the method of another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))

  async function request(method: string, path: string, body?: object): Promise<Body> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': LANGUAGE_TAGS[language.value] }
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

  async function count(path: string): Promise<number> {
    const answer = await request('GET', path)
    return Number(answer['count'])
  }

  return {
    countUsername: (username: string) => count(`/usernames/${encodeURIComponent(username)}/count`),
    countMobile: (mobile: string) => count(`/mobiles/${encodeURIComponent(mobile)}/count`),

    /** Asks for something to compute, in place of a picture to read. */
    async challenge(): Promise<Challenge> {
      const { challenge } = await request('GET', '/captcha/challenge')
      if (!isChallenge(challenge)) throw new ApiError('answered', { status: 200 })
      return challenge
    },

    /** Asks for an SMS code; uses up the captcha. */
    async sendSmsCode(sms: SmsRequest): Promise<{ taskId: string | undefined; retryAfter: number }> {
      const answer = await request('POST', '/sms_codes', { ...sms, purpose: 'register' })
      return { taskId: text(answer['task_id']), retryAfter: seconds(answer['retry_after']) ?? 60 }
    },

    async smsStatus(taskId: string): Promise<SmsStatus | undefined> {
      const answer = await request('GET', `/sms_codes/status/${encodeURIComponent(taskId)}`)
      return SMS_STATUSES.find((status) => status === answer['status'])
    },

    async register(registration: Registration): Promise<void> {
      await request('POST', '/register', registration)
    },

    async info(): Promise<UserInfo> {
      const { info_data: data } = await request('GET', '/info')
      const { username, mobile } = isBody(data) ? data : {}
      return { username: text(username) ?? '', mobile: text(mobile) ?? '' }
    },

    async logout(): Promise<void> {
      await request('DELETE', '/logout')
    },
  }
}

const SMS_STATUSES: readonly SmsStatus[] = ['queued', 'sending', 'sent', 'failed']

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

function isChallenge(value: unknown): value is Challenge {
  if (!isBody(value) || !isBody(value['parameters'])) return false
  const { data } = value['parameters']
  return isBody(data) && typeof data['maxNumber'] === 'number'
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Whole seconds, rounded up; `undefined` for what is no positive number (a date in `Retry-After`, say). */
function seconds(value: unknown): number | undefined {
  if (value === null || value === '') return undefined
  const number = Math.ceil(Number(value))
  return Number.isFinite(number) && number > 0 ? number : undefined
}
