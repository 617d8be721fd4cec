import { expect } from 'chai'
import { createBrowser } from '../../support/cookie-jar.ts'
import { expectError, expectOk, getCode, newMobile, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('the forms of accounts', () => {
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ codes: { resendSeconds: null } })
    account = await registerAccount(backing, app)
  })
  after(() => backing.close())

  const requests = {
    'POST /password/reset': () => ({
      mobile: newMobile(),
      sms_code: '123456',
      password: 'another_one',
      password2: 'another_one',
    }),
    'PUT /password': () => ({ old_password: 'not_the_one', password: 'another_one', password2: 'another_one' }),
    'PUT /mobile': () => ({ mobile: newMobile(), sms_code: '123456', password: account.password }),
  }
  type Route = keyof typeof requests

  const send = (route: Route, change: object = {}) => {
    const [method = '', path = ''] = route.split(' ')
    return app.browser.request(method, path, { json: { ...requests[route](), ...change } })
  }

  const needed: [Route, string[]][] = [
    ['POST /password/reset', ['mobile', 'sms_code', 'password', 'password2']],
    ['PUT /password', ['old_password', 'password', 'password2']],
    ['PUT /mobile', ['mobile', 'sms_code', 'password']],
  ]
  for (const [route, fields] of needed) {
    for (const field of fields) {
      it(`${route} needs ${field}`, async () => {
        for (const value of [undefined, null, '']) {
          expectError(await send(route, { [field]: value }), 400, 'MISSING_PARAMETER', '缺少参数')
        }
      })
    }
  }

  const faults: [Route, object, number, string, string][] = [
    ['POST /password/reset', { password: 'seven77' }, 400, 'PASSWORD_FORMAT', '密码格式有误'],
    ['POST /password/reset', { password: '\u{20000}'.repeat(19) }, 400, 'PASSWORD_TOO_LONG', '密码过长，最多72字节'],
    ['POST /password/reset', { password2: 'other_words' }, 400, 'PASSWORD_MISMATCH', '密码输入不一致！'],
    ['POST /password/reset', { mobile: '12800000000' }, 400, 'MOBILE_FORMAT', '手机号格式有误'],
    ['POST /password/reset', { mobile: 13800000000 }, 400, 'MOBILE_FORMAT', '手机号格式有误'],
    ['POST /password/reset', { sms_code: '12345' }, 400, 'SMS_CODE_FORMAT', '验证码格式有误'],
    ['POST /password/reset', {}, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！'],
    ['PUT /password', { old_password: 12345678 }, 400, 'PASSWORD_FORMAT', '密码格式有误'],
    ['PUT /password', { password: 'a b' }, 400, 'PASSWORD_FORMAT', '密码格式有误'],
    ['PUT /password', { password: '\u{20000}'.repeat(19) }, 400, 'PASSWORD_TOO_LONG', '密码过长，最多72字节'],
    ['PUT /password', { password2: ['another_one'] }, 400, 'PASSWORD_MISMATCH', '密码输入不一致！'],
    ['PUT /password', {}, 403, 'PASSWORD_WRONG', '当前密码有误'],
    ['PUT /mobile', { mobile: '1380000000' }, 400, 'MOBILE_FORMAT', '手机号格式有误'],
    ['PUT /mobile', { sms_code: 123456 }, 400, 'SMS_CODE_FORMAT', '验证码格式有误'],
    ['PUT /mobile', { password: ['x'] }, 400, 'PASSWORD_FORMAT', '密码格式有误'],
    ['PUT /mobile', { password: 'not_the_one' }, 403, 'PASSWORD_WRONG', '当前密码有误'],
    ['PUT /mobile', {}, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！'],
  ]
  for (const [route, change, status, error, errmsg] of faults) {
    it(`${route} answers ${error} to ${JSON.stringify(change)}`, async () => {
      expectError(await send(route, change), status, error, errmsg)
    })
  }

  it('ask for a login where they need one, and nothing else before', async () => {
    for (const path of ['/password', '/mobile']) {
      const answer = await createBrowser(app.url).request('PUT', path, { json: {} })
      expectError(answer, 401, 'LOGIN_REQUIRED', '请登录后重试')
    }
  })

  it('speak English where it is asked for', async () => {
    const headers = { 'Accept-Language': 'en' }
    const json = requests['PUT /password']()
    expectError(
      await app.browser.request('PUT', '/password', { json, headers }),
      403,
      'PASSWORD_WRONG',
      'The present password is wrong.',
    )
  })

  it('are refused to another site', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    for (const [method, path] of [
      ['POST', '/password/reset'],
      ['PUT', '/password'],
      ['PUT', '/mobile'],
    ] as const) {
      const answer = await app.browser.request(method, path, { json: {}, headers })
      expectError(answer, 403, 'FOREIGN_SITE', '不允许其他网站发起此请求')
    }
  })

  it('say which passwords may be set', async () => {
    expect(expectOk(await app.browser.get('/password/rules'))).to.include({ profile: 'compat' })
    const strict = await backing.serve({ accounts: { passwordProfile: 'strict' } })
    expect(expectOk(await strict.browser.get('/password/rules'))).to.include({ profile: 'strict' })
  })

  it('write no password, code or mobile to the log', () => {
    expect(app.log.length).to.be.greaterThan(20)
    // The digits of an id may look like a mobile by chance.
    const log = JSON.stringify(app.log).replaceAll(/"(?:requestId|taskId)":"[^"]*"/g, '')
    expect(log).not.to.match(/1[3-9]\d{9}|another_one|not_the_one|secret_password/)
  })

  describe('with the profile strict', () => {
    it('take what is not easily guessed, at every route that sets a password', async () => {
      const strict = await backing.serve({ accounts: { passwordProfile: 'strict' }, codes: { resendSeconds: null } })
      const refused = [400, 'PASSWORD_TOO_COMMON', '密码过于常见，请换一个'] as const
      const same = (password: string) => ({ password, password2: password })
      const { mobile, username, password } = await registerAccount(backing, strict, {
        password: 'ｃｏｒｒｅｃｔ horse',
      })
      const put = (given: string) =>
        strict.browser.request('PUT', '/password', { json: { old_password: password, ...same(given) } })
      for (const given of ['password', `${username}99`, mobile]) expectError(await put(given), ...refused)
      expectOk(await strict.browser.post('/login', { username, password: 'correct horse' }))

      const sms_code = await getCode(backing, strict, mobile, 'reset')
      const reset = (given: string) => strict.browser.post('/password/reset', { mobile, sms_code, ...same(given) })
      for (const given of ['password', `${username}99`, mobile]) expectError(await reset(given), ...refused)
      expectOk(await reset('  battery staple  '))
      expectOk(await strict.browser.post('/login', { username, password: '  battery staple  ' }))

      const code = await getCode(backing, strict, newMobile())
      const form = { username: 'someone_new', mobile, sms_code: code, allow: true, ...same('Someone_New1') }
      expectError(await strict.browser.post('/register', form), ...refused)
    })

    it('let those in whose password was set before', async () => {
      const { username } = await registerAccount(backing, app, { password: 'ｐａｓｓｗｏｒｄ' })
      const strict = await backing.serve({ accounts: { passwordProfile: 'strict' } })
      expectOk(await strict.browser.post('/login', { username, password: 'ｐａｓｓｗｏｒｄ' }))
    })
  })
})
