import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { Answer, Browser } from '../support/cookie-jar.ts'
import type { Service } from '../support/service.ts'
import { expectOk } from '../integration/app/app-harness.ts'

/** The databases of the embedded Redis, by what they hold. */
export const databases = { sessions: 1, codes: 2, broker: 10 } as const

/** Gets a new captcha. @returns its id and its text, as somebody reads it */
export async function readCaptcha(codes: Redis, browser: Browser): Promise<{ id: string; text: string }> {
  const id = randomUUID()
  expect((await browser.get(`/image_codes/${id}`)).status).to.equal(200)
  const text = await codes.get(`img_${id}`)
  if (text === null) throw new Error(`expected the captcha in img_${id}, came nothing`)
  return { id, text }
}

/** Asks for an SMS code, with a captcha that is answered rightly. */
export async function askForCode(codes: Redis, browser: Browser, mobile: string): Promise<Answer> {
  const { id, text } = await readCaptcha(codes, browser)
  return browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id })
}

/** Waits until the console gateway has printed its `count`th code for a mobile. */
export async function receivedCode({ output }: Service, mobile: string, count = 1): Promise<string> {
  return output.until(() => output.smsCodes(mobile)[count - 1], `SMS ${count} to ${mobile}`)
}

/** Gets the first code of a mobile, from the captcha to the printed message. */
export async function getCode(service: Service, codes: Redis, browser: Browser, mobile: string): Promise<string> {
  expectOk(await askForCode(codes, browser, mobile))
  return receivedCode(service, mobile)
}
