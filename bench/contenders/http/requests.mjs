import { createHmac } from 'node:crypto'
import { Redis } from 'ioredis'

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {string | null} body
 * @property {boolean} keepsCookies whether the connection sends the cookies back that it has got
 */

/** Longer than any run, in seconds. */
const LIFE_SECONDS = 600
/** So many keys are planted at once. */
const CHUNK = 1_000

/** @param {number} index */
const mobileOf = (index) => `13${String(index).padStart(9, '0')}`
/** @param {number} index */
const uuidOf = (index) => `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`

/** The request for a code: the same in every contender. @param {number} index @returns {Request} */
function smsRequest(index) {
  const body = { mobile: mobileOf(index), image_code_id: uuidOf(index), image_code: 'abcd' }
  return { method: 'POST', path: '/sms_codes', body: JSON.stringify(body), keepsCookies: true }
}

/** @param {number} index @returns {Request} */
function registerRequest(index) {
  const password = 'a_long_password'
  const mobile = mobileOf(index)
  const form = { username: `user_${index}`, password, password2: password, mobile, sms_code: '123456', allow: true }
  // Each is somebody else's browser.
  return { method: 'POST', path: '/register', body: JSON.stringify(form), keepsCookies: false }
}

/**
 * Puts in Redis what the requests of a run use up, as the service itself keeps it: captchas as `img_<uuid>`, codes by their
 * HMAC in `sms_<mobile>`.
 *
 * @param {{ kind: 'sms' | 'register', count: number, redis: string, codeKey?: string }} what `redis`: URL of the codes' database
 */
export async function plant({ kind, count, redis, codeKey = '' }) {
  const client = new Redis(redis)
  const expiry = String(Date.now() + LIFE_SECONDS * 1000)
  for (let from = 0; from < count; from += CHUNK) {
    const pipeline = client.pipeline()
    for (let index = from; index < Math.min(from + CHUNK, count); index += 1) {
      const mobile = mobileOf(index)
      if (kind === 'sms') pipeline.set(`img_${uuidOf(index)}`, 'ABCD', 'EX', LIFE_SECONDS)
      else {
        const code = createHmac('sha256', codeKey).update(['register', mobile, '123456'].join('\0')).digest('hex')
        pipeline.hset(`sms_${mobile}`, code, expiry)
      }
    }
    await pipeline.exec()
  }
  client.disconnect()
}

/** @type {Record<'sms' | 'register', (index: number) => Request>} */
export const REQUESTS = { sms: smsRequest, register: registerRequest }
