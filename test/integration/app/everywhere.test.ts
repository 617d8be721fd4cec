import { request } from 'node:http'
import { expect } from 'chai'
import type Koa from 'koa'
import { askForCode, expectError, expectOk, newMobile } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const UUID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'

describe('every route', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
  })
  after(() => backing.close())

  it('answers 404 to what there is not', async () => {
    for (const path of [
      '/nothing',
      '/sms_codes/a/b/c',
      '/usernames//count',
      '/INFO',
      '/register/now',
      '/%zz',
      '/%00',
    ]) {
      expectError(await app.browser.get(path), 404, 'NOT_FOUND', '请求的资源不存在')
    }
    expectError(await app.browser.post('/nothing', {}), 404, 'NOT_FOUND', '请求的资源不存在')
  })

  it('answers 405 to another method, and tells which there are', async () => {
    const wrong: [method: string, path: string, allow: string][] = [
      ['GET', '/register', 'POST'],
      ['PUT', '/login', 'POST'],
      ['GET', '/logout', 'DELETE, POST'],
      ['POST', '/info', 'HEAD, GET'],
      ['GET', '/sms_codes', 'POST'],
      ['DELETE', `/image_codes/${UUID}`, 'HEAD, GET'],
      ['POST', '/usernames/somebody/count', 'HEAD, GET'],
    ]
    for (const [method, path, allow] of wrong) {
      const answer = await app.browser.request(method, path)
      expectError(answer, 405, 'METHOD_NOT_ALLOWED', '请求方法不允许')
      expect(answer.headers.get('Allow')).to.equal(allow)
    }
  })

  it('tells the methods to OPTIONS', async () => {
    const answer = await app.browser.request('OPTIONS', '/register')
    expect(answer.status).to.equal(204)
    expect(answer.headers.get('Allow')).to.equal('POST')
  })

  it('may end in a slash', async () => {
    const mobile = newMobile()
    expect((await app.browser.get(`/image_codes/${UUID}/`)).status).to.equal(200)
    expectError(await app.browser.post('/sms_codes/', {}), 400, 'MISSING_PARAMETER', '缺少必传参数')
    expectError(await app.browser.get(`/sms_codes/${mobile}/`), 400, 'MISSING_PARAMETER', '缺少必传参数')
    expectOk(await app.browser.get('/usernames/somebody/count/'))
    expectOk(await app.browser.get(`/mobiles/${mobile}/count/`))
    expectError(await app.browser.post('/register/', {}), 400, 'MISSING_PARAMETER', '缺少参数')
    expectError(await app.browser.post('/login/', {}), 400, 'MISSING_PARAMETER', '参数缺失！')
    expectOk(await app.browser.delete('/logout/'))
    expectError(await app.browser.get('/info/'), 401, 'LOGIN_REQUIRED', '请登录后重试')
  })

  it('refuses another site what changes something', async () => {
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }]) {
      for (const path of ['/register', '/login', '/sms_codes', '/logout']) {
        const answer = await app.browser.post(path, {}, { headers })
        expectError(answer, 403, 'FOREIGN_SITE', '不允许其他网站发起此请求')
      }
      const answer = await app.browser.get('/usernames/somebody/count', { headers })
      expectOk(answer)
    }
  })

  it('speaks English to those who prefer it, Chinese to all others', async () => {
    const languages: [header: string | undefined, english: boolean][] = [
      ['en', true],
      ['en-GB,en;q=0.9,zh;q=0.5', true],
      ['fr, en;q=0.5', true],
      ['zh-CN,zh;q=0.9,en;q=0.8', false],
      ['EN', true],
      ['en-GB', true],
      ['en ; q=0.9 , zh;q=0.8', true],
      ['en;q=0.5, zh;q=0.5', true],
      ['zh;q=0.5, en;q=0.5', false],
      ['zh-Hant-TW, en;q=0.9', false],
      ['fr', false],
      ['fr, en;q=0', false],
      ['en;q=0', false],
      ['zh;q=0', false],
      ['zh;q=0, *', true],
      ['*', false],
      ['*, en;q=0.5', false],
      ['*;q=0', false],
      ['en;q=abc', false],
      ['en_US', false],
      [';;,=', false],
      ['x'.repeat(8_000), false],
      ['', false],
      // fetch then sends a header of its own: `*`.
      [undefined, false],
    ]
    for (const [language, english] of languages) {
      const headers = language === undefined ? {} : { 'Accept-Language': language }
      const answer = await app.browser.get('/info', { headers })
      const errmsg = english ? 'Please log in and try again.' : '请登录后重试'
      expectError(answer, 401, 'LOGIN_REQUIRED', errmsg)
      expect(answer.headers.get('Vary')).to.equal('Accept-Language')
      expect(answer.headers.get('Content-Language')).to.equal(english ? 'en' : 'zh-CN')
    }
    expect(await languageWithoutHeader(app.url)).to.equal('zh-CN')
    const missing: [path: string, errmsg: string][] = [
      ['/register', 'A parameter is missing.'],
      ['/login', 'A parameter is missing.'],
      ['/sms_codes', 'A required parameter is missing.'],
    ]
    for (const [path, errmsg] of missing) {
      const answer = await app.browser.post(path, {}, { headers: { 'Accept-Language': 'en' } })
      expectError(answer, 400, 'MISSING_PARAMETER', errmsg)
    }
  })

  it('has headers that keep browsers from guessing, framing and telling', async () => {
    for (const path of ['/info', '/nothing', `/image_codes/${UUID}`]) {
      const { headers } = await app.browser.get(path)
      expect(headers.get('X-Content-Type-Options')).to.equal('nosniff')
      expect(headers.get('Referrer-Policy')).to.equal('same-origin')
      expect(headers.get('X-Frame-Options')).to.equal('DENY')
      expect(headers.get('Cross-Origin-Opener-Policy')).to.equal('same-origin')
      expect(headers.get('Cross-Origin-Resource-Policy')).to.equal('same-origin')
      expect(headers.get('Permissions-Policy')).to.include('camera=()').and.include('geolocation=()')
      expect(headers.get('X-Powered-By')).to.equal(null)
      expect(headers.get('Content-Security-Policy'))
        .to.match(/^default-src 'none';.*frame-ancestors 'none';.*require-trusted-types-for 'script'/)
        .and.not.match(/unsafe|\*|data:|https?:/)
      expect(headers.get('Strict-Transport-Security')).to.equal(null)
    }
  })

  it('tells browsers to come by HTTPS alone where they do', async () => {
    const secure = await backing.serve({ http: { publicUrl: 'https://shop.example' } })
    const { headers } = await secure.browser.get('/info')
    expect(headers.get('Strict-Transport-Security')).to.equal('max-age=31536000')
    expect(headers.get('Content-Security-Policy')).to.include('upgrade-insecure-requests')
    const plain = await backing.serve({ http: { publicUrl: 'http://shop.example' } })
    expect((await plain.browser.get('/info')).headers.get('Strict-Transport-Security')).to.equal(null)
  })

  it('has an id of its own, in the answer and in the log, which shows no mobile', async () => {
    app.log.length = 0
    const mobile = newMobile()
    const answer = await app.browser.get(`/mobiles/${mobile}/count`, { headers: { 'X-Request-Id': 'mine' } })
    const other = await app.browser.get(`/nothing/${mobile}`)
    const requestId = answer.headers.get('X-Request-Id')
    expect(requestId)
      .to.match(/^[0-9a-f-]{36}$/)
      .and.not.equal(other.headers.get('X-Request-Id'))
    const [first, second] = app.log
    expect(first).to.deep.include({ level: 'info', message: 'request' })
    expect(first?.fields).to.include({ requestId, method: 'GET', route: '/mobiles/:mobile/count', status: 200 })
    expect(second?.fields).to.include({ route: `/nothing/139****${mobile.slice(-4)}`, status: 404 })
    expect(JSON.stringify(app.log)).not.to.include(mobile)
  })

  it('has the id of the task in its line of the log where it has sent one', async () => {
    app.log.length = 0
    const { task_id: taskId } = expectOk(await askForCode(backing, app, newMobile()))
    const line = app.log.findLast(({ message }) => message === 'request')
    expect(line?.fields).to.include({ route: '/sms_codes', taskId }).and.include.keys('requestId')
    expectOk(await app.browser.get('/usernames/somebody/count'))
    expect(app.log.findLast(({ message }) => message === 'request')?.fields).not.to.include.keys('taskId')
  })

  it('comes after the mounts, which need no session', async () => {
    const mounted = await backing.serve({ mounts: [probe] })
    const answer = await mounted.browser.post('/healthz', undefined, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(answer.json()).to.deep.equal({ alive: true })
    expectError(await mounted.browser.get('/nothing'), 404, 'NOT_FOUND', '请求的资源不存在')
  })
})

/** A mount that answers on a path of its own. */
const probe: Koa.Middleware = async (ctx, next) => {
  if (ctx.path !== '/healthz') return next()
  ctx.body = { alive: true }
  return undefined
}

/** The language of an answer to a request that names none, which fetch can't send. */
function languageWithoutHeader(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/info`, (response) => {
      response.resume()
      resolve(response.headers['content-language'])
    })
    asked.on('error', reject)
    asked.end()
  })
}
