import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectError, expectOk, newMobile, registrationOf } from './journey.ts'
import { expectMessages, resultOf } from './queue.ts'

const same = (password: string) => ({ password, password2: password })

describe('accounts on the running service', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let broker: Redis

  before(async () => {
    service = await startService({ env: { SMS_RESEND_SECONDS: 'none', PASSWORD_PROFILE: 'strict' } })
    codes = service.redis(databases.codes)
    broker = service.redis(databases.broker)
  })
  after(() => service?.stop())

  const newBrowser = (): Browser => createBrowser(service.url)

  /** Gets one more code, from the captcha to the printed message. */
  async function nextCode(browser: Browser, mobile: string, purpose?: string): Promise<string> {
    const count = service.smsCodes(mobile).length
    expectOk(await askForCode(codes, browser, mobile, purpose))
    return service.printed.until(() => service.smsCodes(mobile)[count], `an SMS to ${mobile}`)
  }

  async function signUp(browser: Browser): Promise<{ username: string; password: string; mobile: string }> {
    const form = registrationOf({ password: 'leeks, lovage & co' })
    form.sms_code = await nextCode(browser, form.mobile)
    expectOk(await browser.post('/register', form))
    return form
  }

  it('set a forgotten password with a code, and end all sessions', async () => {
    const browser = newBrowser()
    const { username, mobile, password } = await signUp(browser)
    const forgetful = newBrowser()
    const form = { mobile, sms_code: await nextCode(forgetful, mobile, 'reset') }
    const common = await forgetful.post('/password/reset', { ...form, ...same('password') })
    expectError(common, 400, 'PASSWORD_TOO_COMMON', '密码过于常见，请换一个')
    expectOk(await forgetful.post('/password/reset', { ...form, ...same('红豆生南国 春来') }))
    for (const each of [browser, forgetful]) {
      expectError(await each.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    }
    const old = await forgetful.post('/login', { username, password })
    expectError(old, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    expectOk(await forgetful.post('/login', { username: mobile, password: '红豆生南国 春来' }))
    expectOk(await forgetful.get('/info'))
  })

  it('tell nobody that there is none, and send it nothing', async () => {
    const mobile = newMobile()
    const browser = newBrowser()
    const { task_id: taskId, ...body } = expectOk(await askForCode(codes, browser, mobile, 'reset'))
    expect(body).to.deep.equal({ code: 0, errmsg: 'ok', retry_after: 0 })
    expect(await resultOf(broker, String(taskId))).to.include({ status: 'SUCCESS', result: 0 })
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    await eventually(async () => {
      const answer = await browser.get(`/sms_codes/status/${String(taskId)}`)
      expect(expectOk(answer)['status']).to.equal('sent')
    })
    expect(service.smsCodes(mobile)).to.deep.equal([])
    expect(service.output()).not.to.contain(mobile)
  })

  it('take another mobile, with a code sent to it and the password', async () => {
    const browser = newBrowser()
    const { username, mobile, password } = await signUp(browser)
    const next = newMobile()
    expectError(await askForCode(codes, newBrowser(), next, 'mobile'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    const json = { mobile: next, sms_code: await nextCode(browser, next, 'mobile'), password }
    const refused = await browser.request('PUT', '/mobile', { json: { ...json, password: 'not this one' } })
    expectError(refused, 403, 'PASSWORD_WRONG', '当前密码有误')
    expectOk(await browser.request('PUT', '/mobile', { json }))
    const info = { username, mobile: `138****${next.slice(-4)}` }
    expect(expectOk(await browser.get('/info'))['info_data']).to.deep.equal(info)
    expectOk(await newBrowser().post('/login', { username: next, password }))
    const old = await newBrowser().post('/login', { username: mobile, password })
    expectError(old, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')

    const other = newBrowser()
    await signUp(other)
    const taken = { mobile: next, sms_code: await nextCode(other, next, 'mobile'), password }
    expectError(await other.request('PUT', '/mobile', { json: taken }), 400, 'MOBILE_TAKEN', '手机号已存在')
  })

  it('take another password, and end the other sessions', async () => {
    const [browser, other] = [newBrowser(), newBrowser()]
    const { username, password } = await signUp(browser)
    expectOk(await other.post('/login', { username, password, remembered: true }))
    const json = { old_password: password, ...same('parsley, sage & thyme') }
    expectOk(await browser.request('PUT', '/password', { json }))
    expectOk(await browser.get('/info'))
    expectError(await other.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    expectOk(await other.post('/login', { username, password: json.password }))
  })

  it('leave nothing secret in the log', () => {
    const log = service.printed.stderr.replaceAll(/"(?:requestId|id|time)":"[^"]*"/g, '')
    expect(log).to.contain('/password/reset')
    expect(log).not.to.match(/1[3-9]\d{9}|leeks|parsley|红豆/)
  })
})
