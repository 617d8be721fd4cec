import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { createBrowser } from '../../support/cookie-jar.ts'
import { askForCode, expectError, expectOk, getCode, newMobile, readCaptcha } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('the SMS codes', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
  })
  after(() => backing.close())

  const post = (body: object) => app.browser.post('/sms_codes', body)

  /** A request that is fine, with a captcha of its own. */
  async function goodRequest(): Promise<{ mobile: string; image_code: string; image_code_id: string }> {
    const { id, text } = await readCaptcha(backing, app.browser)
    return { mobile: newMobile(), image_code: text, image_code_id: id }
  }

  /** The course's own form of a request that is fine. */
  const get = async (change: Record<string, string> = {}, headers: Record<string, string> = {}) => {
    const { mobile, ...query } = { ...(await goodRequest()), ...change }
    return app.browser.get(`/sms_codes/${mobile}?${new URLSearchParams(query).toString()}`, { headers })
  }

  describe('POST /sms_codes', () => {
    it('queues a message with six digits and answers with the task', async () => {
      const request = await goodRequest()
      const body = expectOk(await post({ ...request, purpose: 'register' }))
      expect(body['task_id']).to.match(/^[0-9a-f-]{36}$/)
      expect(body['retry_after']).to.equal(60)
      const message = app.sent.at(-1)
      expect(message).to.include({ mobile: request.mobile, expiresInSeconds: 300 })
      expect(message?.code).to.match(/^\d{6}$/)
    })

    it('keeps an HMAC of the code for 300 s, and the flag for 60 s', async () => {
      const mobile = newMobile()
      const code = await getCode(backing, app, mobile)
      const stored = Object.entries(await backing.inspector.hgetall(`sms_${mobile}`))
      expect(stored).to.have.length(1)
      const [[hmac, expiry] = ['', '']] = stored
      expect(hmac).to.match(/^[0-9a-f]{64}$/)
      expect(`${hmac}${expiry}`).not.to.include(code)
      expect(Number(expiry)).to.be.closeTo(Date.now() + 300_000, 5_000)
      expect(await backing.inspector.pttl(`sms_${mobile}`)).to.be.within(295_000, 300_000)
      expect(await backing.inspector.ttl(`send_flag_${mobile}`)).to.be.within(58, 60)
    })

    it('writes no code and no mobile to the log', async () => {
      const { mobile, code } = app.sent.at(-1) ?? { mobile: '', code: '' }
      const log = JSON.stringify(app.log)
      expect(mobile).to.have.length(11)
      expect(log).not.to.include(mobile)
      expect(log).not.to.include(code)
    })

    for (const field of ['mobile', 'image_code', 'image_code_id']) {
      for (const value of [undefined, null, '']) {
        it(`refuses ${field} ${value === '' ? 'empty' : String(value)}`, async () => {
          const request = { mobile: '?', image_code: '?', image_code_id: '?', [field]: value }
          expectError(await post(request), 400, 'MISSING_PARAMETER', '缺少必传参数')
        })
      }
    }

    const malformed: [string, object, string, string][] = [
      ['a malformed mobile', { mobile: '2380000000', image_code_id: '?' }, 'MOBILE_FORMAT', '手机号格式有误'],
      ['a mobile that is a number', { mobile: 13800000000 }, 'MOBILE_FORMAT', '手机号格式有误'],
      ['an id that is no UUID', { image_code_id: 'abc', image_code: '?' }, 'UUID_FORMAT', 'uuid格式有误'],
      ['a UUID of version 1', { image_code_id: '6c84fb90-12c4-11e1-840d-7b25c5ee775a' }, 'UUID_FORMAT', 'uuid格式有误'],
      ['a captcha of three characters', { image_code: 'abc' }, 'CAPTCHA_FORMAT', '图形验证码格式有误'],
      ['a captcha that is a number', { image_code: 1234 }, 'CAPTCHA_FORMAT', '图形验证码格式有误'],
      ['another purpose', { purpose: 'login' }, 'PURPOSE_UNKNOWN', '验证码用途有误'],
      ['a purpose that is a number', { purpose: 1 }, 'PURPOSE_UNKNOWN', '验证码用途有误'],
    ]
    for (const [what, change, error, errmsg] of malformed) {
      it(`refuses ${what}, and leaves the captcha alone`, async () => {
        const request = await goodRequest()
        expectError(await post({ ...request, ...change }), 400, error, errmsg)
        expectOk(await post({ ...request, purpose: null }))
      })
    }

    it('refuses a captcha that was never drawn', async () => {
      const request = { ...(await goodRequest()), image_code_id: randomUUID() }
      expectError(await post(request), 400, 'CAPTCHA_EXPIRED', '图形验证码失效')
    })

    it('takes a captcha in either case, and its id, too', async () => {
      const request = await goodRequest()
      request.image_code = request.image_code.toLowerCase()
      request.image_code_id = request.image_code_id.toUpperCase()
      expectOk(await post(request))
    })

    it('takes what looks like a character for it', async () => {
      const request = await goodRequest()
      await backing.inspector.set(`img_${request.image_code_id}`, '4JMZ')
      expectOk(await post({ ...request, image_code: 'aun2' }))
    })

    it('refuses a wrong captcha, which uses it up', async () => {
      const request = await goodRequest()
      // No picture has a 0.
      expectError(await post({ ...request, image_code: '0000' }), 400, 'CAPTCHA_WRONG', '输入图形验证码有误')
      expectError(await post(request), 400, 'CAPTCHA_EXPIRED', '图形验证码失效')
    })

    it('takes a captcha once', async () => {
      const request = await goodRequest()
      const answers = await Promise.all([post(request), post({ ...request, mobile: newMobile() })])
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([200, 400])
    })

    it('refuses a second message within 60 s, and tells when to come back', async () => {
      const mobile = newMobile()
      await getCode(backing, app, mobile)
      const count = app.sent.length
      const answer = await askForCode(backing, app, mobile)
      expectError(answer, 429, 'SMS_TOO_FREQUENT', '发送短信过于频繁')
      expect(answer.json()['retry_after']).to.be.within(58, 60)
      expect(answer.headers.get('Retry-After')).to.equal(String(answer.json()['retry_after']))
      expect(app.sent).to.have.length(count)
    })

    it('sends one message for two requests at once', async () => {
      const mobile = newMobile()
      const captchas = [await readCaptcha(backing, app.browser), await readCaptcha(backing, app.browser)]
      const answers = await Promise.all(
        captchas.map(({ id, text }) => post({ mobile, image_code: text, image_code_id: id })),
      )
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([200, 429])
      expect(app.sent.filter((message) => message.mobile === mobile)).to.have.length(1)
    })

    it('sends at once again where the limit is off', async () => {
      const unlimited = await backing.serve({ codes: { resendSeconds: null } })
      const mobile = newMobile()
      for (let message = 0; message < 2; message++) {
        expect(expectOk(await askForCode(backing, unlimited, mobile))['retry_after']).to.equal(0)
      }
      expect(await backing.inspector.exists(`send_flag_${mobile}`)).to.equal(0)
    })
  })

  describe('whose message cannot be queued', () => {
    it('answers 503, takes the code back, and lets the mobile ask again', async () => {
      const broken = await backing.serve({
        sendSmsCode: async (mobile) => Promise.reject(new Error(`no queue for ${mobile}`)),
      })
      const mobile = newMobile()
      for (let attempt = 0; attempt < 2; attempt++) {
        const answer = await askForCode(backing, broken, mobile)
        expectError(answer, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
        expect(await backing.inspector.exists(`sms_${mobile}`, `send_flag_${mobile}`)).to.equal(0)
      }
      const line = broken.log.find(({ level }) => level === 'warn')
      expect(JSON.stringify(line)).to.include('no queue for 139****').and.not.include(mobile)
    })

    const full = (retryAfterSeconds: unknown) =>
      Object.assign(new Error('the queue is full'), { code: 'QUEUE_FULL', retryAfterSeconds })
    const refusals: [what: string, error: Error, retryAfter: number][] = [
      ['a full queue that says when to come back', full(7.2), 8],
      ['a full queue that says at once', full(0), 1],
      ['a full queue that does not say when', full(undefined), 5],
      ['another fault', Object.assign(new Error('no broker'), { code: 'BROKER_UNAVAILABLE', retryAfterSeconds: 3 }), 5],
    ]
    for (const [what, error, retryAfter] of refusals) {
      it(`tells of ${what} with Retry-After ${retryAfter}`, async () => {
        const refusing = await backing.serve({ sendSmsCode: async () => Promise.reject(error) })
        const answer = await askForCode(backing, refusing, newMobile())
        expectError(answer, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
        expect(answer.headers.get('Retry-After')).to.equal(String(retryAfter))
        expect(answer.json()['retry_after']).to.equal(retryAfter)
      })
    }

    it('leaves the earlier codes of the mobile alone', async () => {
      const mobile = newMobile()
      await getCode(backing, app, mobile)
      await backing.inspector.del(`send_flag_${mobile}`)
      const before = await backing.inspector.hgetall(`sms_${mobile}`)
      const broken = await backing.serve({ sendSmsCode: async () => Promise.reject(new Error('no queue')) })
      await askForCode(backing, broken, mobile)
      expect(await backing.inspector.hgetall(`sms_${mobile}`)).to.deep.equal(before)
    })
  })

  describe('GET /sms_codes/:mobile', () => {
    it('does the same', async () => {
      const body = expectOk(await get())
      expect(body).to.have.keys('code', 'errmsg', 'task_id', 'retry_after')
    })

    it('refuses what is missing, malformed or given twice', async () => {
      expectError(await get({ image_code: '' }), 400, 'MISSING_PARAMETER', '缺少必传参数')
      expectError(await get({ mobile: '123' }), 400, 'MOBILE_FORMAT', '手机号格式有误')
      expectError(await get({ image_code_id: 'x' }), 400, 'UUID_FORMAT', 'uuid格式有误')
      expectError(await get({ purpose: 'Reset' }), 400, 'PURPOSE_UNKNOWN', '验证码用途有误')
      const { id, text } = await readCaptcha(backing, app.browser)
      const twice = `/sms_codes/${newMobile()}?image_code=${text}&image_code=${text}&image_code_id=${id}`
      expectError(await app.browser.get(twice), 400, 'CAPTCHA_FORMAT', '图形验证码格式有误')
    })

    const foreign: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://127.0.0.1' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
    ]
    for (const headers of foreign) {
      it(`refuses another site: ${JSON.stringify(headers)}`, async () => {
        expectError(await get({}, headers), 403, 'FOREIGN_SITE', '不允许其他网站发起此请求')
      })
    }

    it('lets its own pages, addresses typed in and old browsers through', async () => {
      const own: Record<string, string>[] = [
        { 'Sec-Fetch-Site': 'same-origin' },
        { 'Sec-Fetch-Site': 'none' },
        { Origin: app.url },
        {},
      ]
      for (const headers of own) expectOk(await get({}, headers))
    })

    it('knows its public address as its own', async () => {
      const published = await backing.serve({ http: { publicUrl: 'https://shop.example/' } })
      const browser = createBrowser(published.url)
      const { id, text } = await readCaptcha(backing, browser)
      const path = `/sms_codes/${newMobile()}?image_code=${text}&image_code_id=${id}`
      expectOk(await browser.get(path, { headers: { Origin: 'https://shop.example' } }))
    })
  })
})
