import type { SmsSettings } from '../../src/sms/gateway.ts'
import { FakeProvider, type FakeAnswer, type FakeRequest, type Verdict } from './fake-provider.ts'

/** The account that the fake knows. */
export const twilioAccount = {
  accountSid: `AC${'0123456789abcdef'.repeat(2)}`,
  authToken: 'fakeTwilioToken0123456789abcdef0',
  from: '+15551234567',
  messagingServiceSid: '',
  text: 'Your code is {code}, valid for {minutes} minutes.',
} as const

/** An error as Twilio tells it. */
export function twilioError(code: number, status = 400, message = 'test'): FakeAnswer {
  const more_info = `https://www.twilio.com/docs/errors/${code}`
  return { status, body: { code, message, more_info, status } }
}

/** The Messages API, as strict as the provider. */
export function startFakeTwilio(): Promise<FakeProvider> {
  return FakeProvider.start(judge)
}

export function twilioSettings({ baseUrl }: FakeProvider): SmsSettings['twilio'] {
  return { baseUrl, ...twilioAccount }
}

function judge({ method, url, headers, body }: FakeRequest): Verdict {
  const fault = (why: string, code: number, status = 400): Verdict => ({
    fault: why,
    answer: twilioError(code, status),
  })
  const credentials = Buffer.from(`${twilioAccount.accountSid}:${twilioAccount.authToken}`).toString('base64')
  if (headers['authorization'] !== `Basic ${credentials}`) return fault('credentials', 20003, 401)
  const account = `/2010-04-01/Accounts/${twilioAccount.accountSid}`
  if (method === 'GET' && url.pathname === `${account}.json`) {
    return { told: { status: 200, body: { sid: twilioAccount.accountSid, status: 'active' } } }
  }
  if (method !== 'POST' || url.pathname !== `${account}/Messages.json`) return fault('path', 20404, 404)
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') return fault('form', 21602)
  const { To = '', From, Body = '', ValidityPeriod, ...more } = Object.fromEntries(new URLSearchParams(body))
  if (!/^\+\d{7,15}$/.test(To)) return fault('To', 21211)
  if (From !== twilioAccount.from) return fault('From', 21606)
  const [, code] = /^Your code is (\d+), valid for 5 minutes\.$/.exec(Body) ?? []
  if (code === undefined) return fault('Body', 21602)
  if (ValidityPeriod !== '300' || Object.keys(more).length > 0) return fault('parameters', 20001)
  const message = { sid: `SM${'0'.repeat(32)}`, status: 'queued', error_code: null, error_message: null, to: To }
  return { sms: { to: To, code }, accepted: { status: 201, body: message } }
}
