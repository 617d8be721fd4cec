import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Purpose } from '../../../src/app/codes/sms-codes.ts'
import type { Logger } from '../../../src/app/logger.ts'
import type { Answer, Browser } from '../../support/cookie-jar.ts'
import type { Backing, RunningApp } from './app-harness.ts'

/** A log that nobody reads. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Checks an answer that tells an error: its status, its name, its text to the letter, and that it has a number. */
export function expectError(answer: Answer, status: number, error: string, errmsg: string): void {
  const body = answer.json()
  expect({ status: answer.status, error: body['error'], errmsg: body['errmsg'] }).to.deep.equal({
    status,
    error,
    errmsg,
  })
  expect(body['code']).to.be.a('number').and.not.equal(0)
}

/** Checks a refusal that is over some time. @returns in how many seconds, as header and body say alike */
export function expectTooMany(answer: Answer, error: string, errmsg: string): number {
  expectError(answer, 429, error, errmsg)
  const seconds = Number(answer.headers.get('Retry-After'))
  expect(answer.json()['retry_after']).to.equal(seconds)
  expect(seconds).to.satisfy(Number.isInteger).and.be.at.least(1)
  return seconds
}

/** Checks an answer that tells a success. @returns its body */
export function expectOk(answer: Answer): Record<string, unknown> {
  expect(answer.status, answer.text).to.equal(200)
  const body = answer.json()
  expect(body).to.include({ code: 0, errmsg: 'ok' })
  return body
}

let lastMobile = 13_900_000_000

/** A mobile that no other test of the process has. */
export function newMobile(): string {
  return String(++lastMobile)
}

let lastName = 0

/** A username that no other test of the process has. */
export function newUsername(): string {
  return `user_${++lastName}`
}

/** Gets a new captcha. @returns its id and its text, as somebody reads it */
export async function readCaptcha({ inspector }: Backing, browser: Browser): Promise<{ id: string; text: string }> {
  const id = randomUUID()
  const answer = await browser.get(`/image_codes/${id}`)
  expect(answer.status).to.equal(200)
  const text = await inspector.get(`img_${id}`)
  if (text === null) throw new Error('the captcha is not in Redis')
  return { id, text }
}

/** Asks for an SMS code, with a captcha that is answered rightly. */
export async function askForCode(
  backing: Backing,
  app: Pick<RunningApp, 'browser'>,
  mobile: string,
  purpose?: Purpose,
): Promise<Answer> {
  const { id, text } = await readCaptcha(backing, app.browser)
  return app.browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id, purpose })
}

/** Gets an SMS code. @returns the code that went to the queue */
export async function getCode(
  backing: Backing,
  app: Pick<RunningApp, 'browser' | 'sent'>,
  mobile: string,
  purpose?: Purpose,
): Promise<string> {
  expectOk(await askForCode(backing, app, mobile, purpose))
  const message = app.sent.findLast((one) => one.mobile === mobile)
  if (message === undefined) throw new Error('no code was sent')
  return message.code
}

export interface RegistrationForm {
  username: string
  password: string
  password2: string
  mobile: string
  sms_code: string
  allow: boolean
}

/** A form that is fine. */
export function registrationOf(fields: Partial<RegistrationForm> = {}): RegistrationForm {
  const password = fields.password ?? 'secret_password'
  return {
    username: newUsername(),
    password,
    password2: password,
    mobile: newMobile(),
    sms_code: '123456',
    allow: true,
    ...fields,
  }
}

/** Registers an account with a code of its own. */
export async function registerAccount(
  backing: Backing,
  app: RunningApp,
  fields: Partial<RegistrationForm> = {},
): Promise<RegistrationForm> {
  const form = registrationOf(fields)
  form.sms_code = await getCode(backing, app, form.mobile)
  expectOk(await app.browser.post('/register', form))
  return form
}

/** A code that none of the given ones is. */
export function wrongCode(...codes: string[]): string {
  const wrong = ['111111', '222222', '333333', '444444'].find((code) => !codes.includes(code))
  if (wrong === undefined) throw new Error('expected at most 3 codes')
  return wrong
}
