import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Answer, Browser } from '../support/cookie-jar.ts'
import type { Service } from '../support/service.ts'

/** The databases of the embedded Redis, by what they hold. */
export const databases = { sessions: 1, codes: 2, broker: 10 } as const

/** Checks an answer that tells a success. @returns its body */
export function expectOk(answer: Answer): Record<string, unknown> {
  expect(answer.status, answer.text).to.equal(200)
  expect(answer.json()).to.include({ code: 0, errmsg: 'ok' })
  return answer.json()
}

/** Checks an answer that tells an error. @returns its body */
export function expectError(answer: Answer, status: number, error: string, errmsg: string): Record<string, unknown> {
  expect({ status: answer.status, ...answer.json() }).to.include({ status, error, errmsg })
  expect(answer.json()['code']).to.be.a('number').and.not.equal(0)
  return answer.json()
}

let lastMobile = 13_800_000_000

/** A mobile that no other test of the run has. */
export function newMobile(): string {
  return String(++lastMobile)
}

let lastName = 0

/** A username that no other test of the run has. */
export function newUsername(): string {
  return `visitor_${++lastName}`
}

/** A form for `POST /register` that is fine but for its code. */
export function registrationOf(fields: { username?: string; password?: string; mobile?: string } = {}) {
  const { username = newUsername(), password = 'secret_password', mobile = newMobile() } = fields
  return { username, password, password2: password, mobile, sms_code: '', allow: true }
}

/** Gets a new captcha. @returns its id and its text, as somebody reads it */
export async function readCaptcha(codes: Redis, browser: Browser): Promise<{ id: string; text: string }> {
  const id = randomUUID()
  expect((await browser.get(`/image_codes/${id}`)).status).to.equal(200)
  const text = await codes.get(`img_${id}`)
  if (text === null) throw new Error(`expected the captcha in img_${id}, came nothing`)
  return { id, text }
}

/** Asks for an SMS code, with a captcha that is answered rightly. */
export async function askForCode(codes: Redis, browser: Browser, mobile: string, purpose?: string): Promise<Answer> {
  const { id, text } = await readCaptcha(codes, browser)
  return browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id, purpose })
}

/** Waits until the console gateway has printed a code for a mobile. */
export function receivedCode({ printed }: Service, mobile: string): Promise<string> {
  return printed.until(() => printed.smsCodes(mobile)[0], `an SMS to ${mobile}`)
}

/** Gets the first code of a mobile, from the captcha to the printed message. */
export async function getCode(service: Service, codes: Redis, browser: Browser, mobile: string): Promise<string> {
  expectOk(await askForCode(codes, browser, mobile))
  return receivedCode(service, mobile)
}
