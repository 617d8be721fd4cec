import type { Challenge as AltchaChallenge } from 'altcha-lib/types'
import { ApiError, createRequest, isBody, seconds, text, type Body, type RequestOptions } from './request.ts'

/** What became of a message, as `GET /sms_codes/status/:task_id` tells it. */
export type SmsStatus = 'queued' | 'sending' | 'sent' | 'failed'

/** What a code by SMS is for. */
export type SmsPurpose = 'register' | 'reset' | 'mobile'

/** Which passwords may be chosen, as `GET /password/rules` tells it. */
export type PasswordProfile = 'compat' | 'strict'

export interface UserInfo {
  username: string
  /** Masked: `138****0000`. */
  mobile: string
}

/** With the answer to a picture, or a proof in its place. */
export type SmsRequest = { mobile: string; purpose: SmsPurpose } & (
  { image_code: string; image_code_id: string } | { captcha_proof: string }
)

/** What a proof of work must solve, in ALTCHA's format. */
export interface Challenge extends AltchaChallenge {
  parameters: AltchaChallenge['parameters'] & { data: { maxNumber: number } }
}

/** A password that is to be set, and the same once more. */
export interface NewPassword {
  password: string
  password2: string
}

export interface Registration extends NewPassword {
  username: string
  mobile: string
  sms_code: string
  allow: boolean
}

export interface Login {
  /** A username or a mobile. */
  username: string
  password: string
  remembered: boolean
}

/** One of the account's logins. */
export interface Session {
  /** For ending it. */
  id: string
  createdAt: Date
  lastSeenAt: Date
  address: string
  /** Browser and system, as far as they are known; else empty. */
  browser: string
  /** Whether it is this one. */
  current: boolean
}

export type Api = ReturnType<typeof createApi>

/** The server's routes that the pages use. Every call throws an `ApiError` when it does not succeed. */
export function createApi(options: RequestOptions = {}) {
  const request = createRequest(options)

  async function count(path: string): Promise<number> {
    const answer = await request('GET', path)
    return Number(answer['count'])
  }

  return {
    countUsername: (username: string) => count(`/usernames/${encodeURIComponent(username)}/count`),
    countMobile: (mobile: string) => count(`/mobiles/${encodeURIComponent(mobile)}/count`),

    async passwordProfile(): Promise<PasswordProfile | undefined> {
      const answer = await request('GET', '/password/rules')
      return PROFILES.find((profile) => profile === answer['profile'])
    },

    /** Asks for something to compute, in place of a picture to read. */
    async challenge(): Promise<Challenge> {
      const { challenge } = await request('GET', '/captcha/challenge')
      if (!isChallenge(challenge)) throw new ApiError('answered', { status: 200 })
      return challenge
    },

    /** Asks for an SMS code; uses up the captcha. */
    async sendSmsCode(sms: SmsRequest): Promise<{ taskId: string | undefined; retryAfter: number }> {
      const answer = await request('POST', '/sms_codes', sms)
      return { taskId: text(answer['task_id']), retryAfter: seconds(answer['retry_after']) ?? 60 }
    },

    async smsStatus(taskId: string): Promise<SmsStatus | undefined> {
      const answer = await request('GET', `/sms_codes/status/${encodeURIComponent(taskId)}`)
      return SMS_STATUSES.find((status) => status === answer['status'])
    },

    async register(registration: Registration): Promise<void> {
      await request('POST', '/register', registration)
    },

    async login(login: Login): Promise<void> {
      await request('POST', '/login', login)
    },

    async resetPassword(reset: NewPassword & { mobile: string; sms_code: string }): Promise<void> {
      await request('POST', '/password/reset', reset)
    },

    /** Ends the account's other sessions, too. */
    async changePassword(change: NewPassword & { old_password: string }): Promise<void> {
      await request('PUT', '/password', change)
    },

    /** @param change.password the present one */
    async changeMobile(change: { mobile: string; sms_code: string; password: string }): Promise<void> {
      await request('PUT', '/mobile', change)
    },

    async info(): Promise<UserInfo> {
      const { info_data: data } = await request('GET', '/info')
      const { username, mobile } = isBody(data) ? data : {}
      return { username: text(username) ?? '', mobile: text(mobile) ?? '' }
    },

    /** The account's sessions, the one that was used last in front. */
    async sessions(): Promise<Session[]> {
      const { sessions } = await request('GET', '/sessions')
      return (Array.isArray(sessions) ? sessions.filter(isBody) : []).map(readSession)
    },

    async endSession(id: string): Promise<void> {
      await request('DELETE', `/sessions/${encodeURIComponent(id)}`)
    },

    async endOtherSessions(): Promise<void> {
      await request('DELETE', '/sessions')
    },

    async logout(): Promise<void> {
      await request('DELETE', '/logout')
    },
  }
}

const SMS_STATUSES: readonly SmsStatus[] = ['queued', 'sending', 'sent', 'failed']
const PROFILES: readonly PasswordProfile[] = ['compat', 'strict']

function readSession(session: Body): Session {
  return {
    id: text(session['id']) ?? '',
    createdAt: new Date(text(session['created_at']) ?? NaN),
    lastSeenAt: new Date(text(session['last_seen_at']) ?? NaN),
    address: text(session['address']) ?? '',
    browser: text(session['user_agent']) ?? '',
    current: session['current'] === true,
  }
}

function isChallenge(value: unknown): value is Challenge {
  if (!isBody(value) || !isBody(value['parameters'])) return false
  const { data } = value['parameters']
  return isBody(data) && typeof data['maxNumber'] === 'number'
}
