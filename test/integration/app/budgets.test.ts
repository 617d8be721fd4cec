import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { defaults } from '../../../config/default.ts'
import { createBrowser, type Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import {
  askForCode,
  expectError,
  expectOk,
  expectTooMany,
  getCode,
  newMobile,
  readCaptcha,
  registerAccount,
  registrationOf,
} from './app-fixtures.ts'
import { createBacking, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

/** As a fresh installation has them. */
const { budgets } = defaults

describe('the budgets of the service', () => {
  let backing: Backing

  before(async () => {
    backing = await createBacking()
  })
  after(() => backing.close())
  beforeEach(() => backing.inspector.flushdb())

  const tooFrequent = (answer: Answer) => expectTooMany(answer, 'SMS_TOO_FREQUENT', '发送短信过于频繁')
  const keys = (pattern: string) => backing.inspector.keys(pattern)

  describe('for SMS', () => {
    it('are spent by the address, after the captcha', async () => {
      const app = await backing.serve({ budgets: { ...budgets, smsPerAddressHour: 3 } })
      for (let sms = 0; sms < 3; sms++) expectOk(await askForCode(backing, app, newMobile()))
      const { id, text } = await readCaptcha(backing, app.browser)
      const request = { mobile: newMobile(), image_code: text, image_code_id: id }
      expect(tooFrequent(await app.browser.post('/sms_codes', request))).to.be.within(3_500, 3_600)
      expectError(await app.browser.post('/sms_codes', request), 400, 'CAPTCHA_EXPIRED', '图形验证码失效')
      expect(app.sent).to.have.length(3)
      expect(app.budgetFigures().refused).to.include({ smsPerAddress: 1, smsPerMobile: 0, smsTotal: 0 })
    })

    it('are the same for the form with everything in the address', async () => {
      const app = await backing.serve({ budgets: { smsPerMobileHour: 1 }, codes: { resendSeconds: null } })
      const mobile = newMobile()
      expectOk(await askForCode(backing, app, mobile))
      const { id, text } = await readCaptcha(backing, app.browser)
      const answer = await app.browser.get(`/sms_codes/${mobile}?image_code=${text}&image_code_id=${id}`)
      expect(tooFrequent(answer)).to.be.within(3_500, 3_600)
    })

    it('are not spent by a captcha that is wrong, nor by a form that is', async () => {
      const app = await backing.serve({ budgets })
      const { id, text } = await readCaptcha(backing, app.browser)
      await app.browser.post('/sms_codes', { mobile: newMobile(), image_code: '0000', image_code_id: id })
      await app.browser.post('/sms_codes', { mobile: '123', image_code: text, image_code_id: id })
      expect([
        ...(await keys('budget_sms*')),
        ...(await keys('pumping*')),
        ...(await keys('send_flag*')),
      ]).to.deep.equal([])
    })

    it('come back when the SMS can not be queued', async () => {
      let refuse = true
      const sendSmsCode = async () => {
        if (refuse) throw new Error('no queue')
      }
      const one = {
        smsPerMobileHour: 1,
        smsPerAddressHour: 1,
        smsPerMinute: 1,
        pumping: 'deny' as const,
        pumpingCodes: 5,
      }
      const app = await backing.serve({ budgets: one, sendSmsCode })
      for (let times = 0; times < 6; times++) {
        const answer = await askForCode(backing, app, newMobile())
        expectError(answer, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
        const left = [...(await keys('budget_sms*')), ...(await keys('pumping*')), ...(await keys('send_flag*'))]
        expect(left).to.deep.equal([])
      }
      refuse = false
      expectOk(await askForCode(backing, app, newMobile()))
      tooFrequent(await askForCode(backing, app, newMobile()))
    })

    it('bound the address of an IPv6 client by its /64', async () => {
      const app = await backing.serve({ budgets: { smsPerAddressHour: 1 }, http: { trustedProxies: ['loopback'] } })
      expectOk(await askFrom(app, '2001:db8:0:1::1'))
      tooFrequent(await askFrom(app, '2001:db8:0:1:9::2'))
      expectOk(await askFrom(app, '2001:db8:0:2::1'))
    })

    it('mark a code as used when somebody registers with it', async () => {
      const app = await backing.serve()
      const { mobile } = await registerAccount(backing, app)
      const codes = `pumping_codes_${mobile.slice(0, 7)}`
      // The answer does not wait for it.
      await eventually(async () => {
        const [code, ...others] = await backing.inspector.zrange(codes, '0', '-1')
        expect(code).to.match(/^used /)
        expect(others).to.deep.equal([])
      })
      // It was the only one: the set still has an end.
      expect(await backing.inspector.pttl(codes)).to.be.within(1, defaults.budgets.pumpingSeconds * 1000)
    })

    it('send no more to a prefix whose codes nobody uses, where that is set', async () => {
      const app = await backing.serve({ budgets: { pumping: 'deny', pumpingCodes: 5 } })
      for (let index = 0; index < 5; index++) expectOk(await askForCode(backing, app, `1330000000${index}`))
      expect(tooFrequent(await askForCode(backing, app, '13300000009'))).to.be.within(3_500, 3_600)
      const alarm = app.log.filter(({ level }) => level === 'error').map(({ fields }) => fields)
      expect(alarm).to.deep.equal([
        { setting: 'budgets.pumping', prefix: '133****' },
        { setting: 'budgets.pumping', block: '127.0.0.0/24' },
      ])
    })
  })

  /** Asks for a code as a proxy does for its client. */
  async function askFrom(app: RunningApp, forwardedFor: string): Promise<Answer> {
    const { id, text } = await readCaptcha(backing, app.browser)
    const request = { mobile: newMobile(), image_code: text, image_code_id: id }
    return createBrowser(app.url).post('/sms_codes', request, { headers: { 'X-Forwarded-For': forwardedFor } })
  }

  describe('and X-Forwarded-For', () => {
    it('from a client that is no proxy counts for nothing, and is logged once', async () => {
      const app = await backing.serve({ budgets: { smsPerAddressHour: 2 } })
      expectOk(await askFrom(app, '203.0.113.1'))
      expectOk(await askFrom(app, '203.0.113.2'))
      tooFrequent(await askFrom(app, '203.0.113.3'))
      expect(await keys('budget_sms_address_*')).to.deep.equal(['budget_sms_address_127.0.0.1'])
      const lines = app.log.filter(({ fields }) => 'setting' in fields && fields.setting === 'http.trustedProxies')
      expect(lines).to.have.length(1)
    })

    it('from a proxy counts, but not what the client had put in front', async () => {
      const app = await backing.serve({ budgets: { smsPerAddressHour: 2 }, http: { trustedProxies: ['127.0.0.1'] } })
      expectOk(await askFrom(app, '198.51.100.1, 203.0.113.1'))
      expectOk(await askFrom(app, '198.51.100.2, 203.0.113.1'))
      tooFrequent(await askFrom(app, '198.51.100.3, 203.0.113.1'))
      expectOk(await askFrom(app, '203.0.113.1, 203.0.113.2'))
      expect(await keys('budget_sms_address_*')).to.have.members([
        'budget_sms_address_203.0.113.1',
        'budget_sms_address_203.0.113.2',
      ])
    })

    it('names no key of its own, whatever stands in it', async () => {
      const app = await backing.serve({ budgets, http: { trustedProxies: ['loopback'] } })
      for (const entry of ['*', 'x', '{a}', '1.2.3.4 5', '1.2.3.4/8', '%0d%0aFLUSHALL', '__proto__', '::1%x y']) {
        await askFrom(app, entry)
        await app.browser.get(`/image_codes/${randomUUID()}`, { headers: { 'X-Forwarded-For': entry } })
      }
      for (const key of await keys('budget_*'))
        expect(key).to.match(/^budget_\w+?(_127\.0\.0\.1|_::\/64|_\d{11}|_total)$/)
    })
  })

  it('switched off leave no trace of an SMS', async () => {
    const off: AppOptions['budgets'] = {
      smsPerMobileHour: null,
      smsPerMobileDay: null,
      wrongCodesPerMobileDay: null,
      pumping: null,
    }
    const app = await backing.serve({ budgets: off, codes: { resendSeconds: null } })
    const form = registrationOf()
    for (let sms = 0; sms < 12; sms++) form.sms_code = await getCode(backing, app, form.mobile)
    expectOk(await app.browser.post('/register', form))
    for (const pattern of ['budget_*', 'pumping_*', 'send_flag_*']) expect(await keys(pattern)).to.deep.equal([])
  })

  it('have a life in Redis, all of them', async () => {
    const app = await backing.serve({ budgets: { ...budgets, pumpingCodes: 5 } })
    const form = await registerAccount(backing, app)
    for (let index = 0; index < 7; index++) await askForCode(backing, app, `1340000000${index}`)
    await app.browser.post('/login', { username: form.username, password: form.password })
    await app.browser.get('/mobiles/13800000000/count')
    const mobile = newMobile()
    await getCode(backing, app, mobile)
    await app.browser.post('/register', registrationOf({ mobile, sms_code: '000000' }))
    const all = [...(await keys('budget_*')), ...(await keys('pumping_*')), ...(await keys('send_flag_*'))]
    expect(all.map((key) => key.replace(/_[^_]*$/, ''))).to.include.members([
      'budget_sms_mobile',
      'budget_sms_address',
      'budget_sms',
      'budget_wrong_codes',
      'budget_pictures',
      'budget_counts',
      'budget_logins',
      'pumping_codes',
      'pumping_unused',
      'pumping_alarm',
      'send_flag',
    ])
    for (const key of all) expect(await backing.inspector.pttl(key), key).to.be.within(1, 86_400_000)
  })
})
