import { expect } from 'chai'
import { createBrowser, type Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { askForCode, expectError, expectOk, getCode, newMobile, readCaptcha, registerAccount } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('the purposes of SMS codes', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ codes: { resendSeconds: null } })
  })
  after(() => backing.close())
  beforeEach(() => app.browser.cookies.clear())

  /** Asks by the course's own form. */
  async function get(mobile: string, purpose: string): Promise<Answer> {
    const { id, text } = await readCaptcha(backing, app.browser)
    const query = new URLSearchParams({ image_code: text, image_code_id: id, purpose })
    return app.browser.get(`/sms_codes/${mobile}?${query.toString()}`)
  }

  it('have keys of their own', async () => {
    const { mobile } = await registerAccount(backing, app)
    expectOk(await askForCode(backing, app, mobile))
    expectOk(await askForCode(backing, app, mobile, 'reset'))
    expectOk(await askForCode(backing, app, mobile, 'mobile'))
    const keys = await backing.inspector.keys(`sms_*${mobile}`)
    expect(keys).to.have.members([`sms_${mobile}`, `sms_reset_${mobile}`, `sms_mobile_${mobile}`])
    for (const key of keys) {
      expect(await backing.inspector.pttl(key)).to.be.within(290_000, 300_000)
      expect(await backing.inspector.hlen(key)).to.equal(1)
    }
    expect(app.sent.filter((sent) => sent.mobile === mobile)).to.have.length(4)
  })

  it('share one flag for each mobile', async () => {
    const slow = await backing.serve()
    const { mobile } = await registerAccount(backing, slow)
    for (const purpose of ['reset', 'mobile', 'register'] as const) {
      expectError(await askForCode(backing, slow, mobile, purpose), 429, 'SMS_TOO_FREQUENT', '发送短信过于频繁')
    }
  })

  it('are taken in the address, too', async () => {
    const { mobile } = await registerAccount(backing, app)
    for (const purpose of ['register', 'reset', 'mobile']) expectOk(await get(mobile, purpose))
    app.browser.cookies.clear()
    expectError(await get(mobile, 'mobile'), 401, 'LOGIN_REQUIRED', '请登录后重试')
  })

  describe('mobile', () => {
    it('asks for a login, and leaves captcha and mobile alone', async () => {
      const mobile = newMobile()
      const { id, text } = await readCaptcha(backing, app.browser)
      const request = { mobile, image_code: text, image_code_id: id }
      const refused = await app.browser.post('/sms_codes', { ...request, purpose: 'mobile' })
      expectError(refused, 401, 'LOGIN_REQUIRED', '请登录后重试')
      expect(await backing.inspector.keys(`*${mobile}`)).to.deep.equal([])
      expectOk(await app.browser.post('/sms_codes', request))
    })

    it('answers alike where another account has the mobile, and sends to it', async () => {
      const { mobile: taken } = await registerAccount(backing, app)
      await registerAccount(backing, app)
      for (const mobile of [taken, newMobile()]) {
        const body = expectOk(await askForCode(backing, app, mobile, 'mobile'))
        expect(body).to.have.keys('code', 'errmsg', 'task_id', 'retry_after')
        expect(app.sent.at(-1)).to.include({ mobile })
      }
    })
  })

  describe('reset', () => {
    it('answers alike for a mobile without an account, and sends nothing to it', async () => {
      const known = (await registerAccount(backing, app)).mobile
      const disabled = (await registerAccount(backing, app)).mobile
      await backing.users.setDisabled((await backing.users.findByMobile(disabled))?.id ?? 0, true)
      const unknown = newMobile()
      const seen = []
      for (const mobile of [known, unknown, disabled]) {
        const commands = await countCommands(async () => {
          const answer = await askForCode(backing, app, mobile, 'reset')
          const { task_id: taskId, ...body } = expectOk(answer)
          expect(taskId).to.match(/^[0-9a-f-]{36}$/)
          const headers = [...answer.headers.keys()].toSorted()
          const status = expectOk(await app.browser.get(`/sms_codes/status/${String(taskId)}`))
          const ttl = await backing.inspector.ttl(`sms_task_${String(taskId)}`)
          seen.push({
            body,
            headers,
            status,
            ttl: ttl > 290,
            stored: await backing.inspector.hlen(`sms_reset_${mobile}`),
          })
        })
        seen.push(commands)
      }
      expect(seen.slice(2, 4)).to.deep.equal(seen.slice(0, 2))
      expect(seen.slice(4, 6)).to.deep.equal(seen.slice(0, 2))
      expect(app.sent.slice(-3).map(({ mobile, code }) => [mobile, code.length])).to.deep.equal([
        [known, 6],
        ['', 0],
        ['', 0],
      ])
      expect(JSON.stringify(app.log)).not.to.include(unknown)
    })

    it('tells no page what became of the message, whoever it was for', async () => {
      const failing = await backing.serve({ codes: { resendSeconds: null }, readTaskState: async () => 'FAILURE' })
      const { mobile } = await registerAccount(backing, failing)
      for (const asked of [mobile, newMobile()]) {
        const { task_id: taskId } = expectOk(await askForCode(backing, failing, asked, 'reset'))
        const path = `/sms_codes/status/${String(taskId)}`
        expect(expectOk(await failing.browser.get(path))['status']).to.equal('queued')
        await eventually(async () => expect(expectOk(await failing.browser.get(path))['status']).to.equal('sent'))
      }
    })

    it('fails alike when nothing can be queued', async () => {
      const { mobile } = await registerAccount(backing, app)
      const full = Object.assign(new Error('full'), { code: 'QUEUE_FULL', retryAfterSeconds: 7 })
      const broken = await backing.serve({ sendSmsCode: async () => Promise.reject(full) })
      await backing.inspector.del(`send_flag_${mobile}`)
      for (const asked of [mobile, newMobile()]) {
        const before = await backing.inspector.keys(`*${asked}`)
        const answer = await askForCode(backing, broken, asked, 'reset')
        expectError(answer, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
        expect(answer.headers.get('Retry-After')).to.equal('7')
        expect(await backing.inspector.keys(`*${asked}`)).to.deep.equal(before)
      }
    })

    it('is answered alike when it is used: wrong codes count, then there is none', async () => {
      const { mobile } = await registerAccount(backing, app)
      for (const asked of [mobile, newMobile()]) {
        const form = { mobile: asked, sms_code: '000000', password: 'another_one', password2: 'another_one' }
        const browser = createBrowser(app.url)
        expectError(await browser.post('/password/reset', form), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
        expectOk(await askForCode(backing, app, asked, 'reset'))
        if (app.sent.at(-1)?.code === '000000') form.sms_code = '111111'
        const errors = []
        for (let tries = 1; tries <= 6; tries++)
          errors.push((await browser.post('/password/reset', form)).json()['error'])
        expect(errors).to.deep.equal([...Array.from({ length: 5 }, () => 'SMS_CODE_WRONG'), 'SMS_CODE_EXPIRED'])
      }
    })

    it('sends a code that is not for the registration of the mobile', async () => {
      const { mobile } = await registerAccount(backing, app)
      const sms_code = await getCode(backing, app, mobile, 'reset')
      const form = {
        username: 'somebody_else',
        password: 'password_1',
        password2: 'password_1',
        mobile,
        sms_code,
        allow: true,
      }
      expectError(await app.browser.post('/register', form), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    })
  })

  /** How many commands Redis got of each kind in the course of some work. */
  async function countCommands(work: () => Promise<void>): Promise<Record<string, number>> {
    await backing.inspector.config('RESETSTAT')
    await work()
    const stats = await backing.inspector.info('commandstats')
    const rows = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
    return Object.fromEntries(rows.map(([, command = '', calls]) => [command, Number(calls)]))
  }
})
