import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { expectError } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const NOT_JSON = [400, 'NOT_JSON', '请求体不是有效的JSON对象'] as const

describe('the reader of bodies', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ http: { maxBodyBytes: 1000 } })
  })
  after(() => backing.close())

  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    app.browser.request('POST', '/login', { body, headers: { 'Content-Type': 'application/json', ...headers } })

  for (const body of ['{', '"text"', '1', 'null', '[]', '[{}]', '{"__proto__":{}}', 'a=b', ' ']) {
    it(`refuses the body ${JSON.stringify(body)}`, async () => expectError(await send(body), ...NOT_JSON))
  }

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
    it(`refuses the content type ${JSON.stringify(type)}`, async () => {
      const body = JSON.stringify({ username: 'somebody', password: 'password' })
      expectError(await send(Buffer.from(body), { 'Content-Type': type }), ...NOT_JSON)
    })
  }

  it('takes a character set', async () => {
    const answer = await send('{}', { 'Content-Type': 'application/json; charset=utf-8' })
    expectError(answer, 400, 'MISSING_PARAMETER', '参数缺失！')
  })

  it('takes no body for an empty object', async () => {
    expectError(await app.browser.post('/register'), 400, 'MISSING_PARAMETER', '缺少参数')
    expectError(await app.browser.post('/login'), 400, 'MISSING_PARAMETER', '参数缺失！')
    expectError(await app.browser.post('/sms_codes'), 400, 'MISSING_PARAMETER', '缺少必传参数')
  })

  it('refuses a body over the limit, also one in pieces', async () => {
    const large = JSON.stringify({ username: 'x'.repeat(1000) })
    const TOO_LARGE = [413, 'TOO_LARGE', '请求体过大'] as const
    expectError(await send(large), ...TOO_LARGE)
    expect(await statusOfChunked(app.url, [large.slice(0, 600), large.slice(600)])).to.equal(413)
    expect(await statusOfChunked(app.url, ['{"username":', '"x"}'])).to.equal(400)
  })

  it('refuses a body that is packed, and takes one that says it is not', async () => {
    const packed = new Uint8Array(gzipSync('{}'))
    for (const packing of ['gzip', 'br', 'pigeon', 'identity, gzip']) {
      const answer = await send(packed, { 'Content-Encoding': packing })
      expectError(answer, 415, 'BODY_ENCODING', '不支持压缩的请求体')
      expect(answer.headers.get('Accept-Encoding')).to.equal('identity')
    }
    expectError(await send('{}', { 'Content-Encoding': 'Identity' }), 400, 'MISSING_PARAMETER', '参数缺失！')
  })

  it('refuses what is no UTF-8, and passes over the mark in front of it', async () => {
    const name = Buffer.from('{"username":"somebody","password":"')
    const notUtf8 = new Uint8Array([...name, 0xc3, 0xdc, 0xc2, 0xeb, ...Buffer.from('"}')])
    expectError(await send(notUtf8), ...NOT_JSON)
    expectError(await send('\uFEFF{}'), 400, 'MISSING_PARAMETER', '参数缺失！')
  })

  it('takes the last of a key that is there twice, and no key that reaches into every object', async () => {
    const twice = '{"username":1,"password":"secret_password","username":"nobody_here"}'
    expectError(await send(twice), 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    for (const key of ['__proto__', '\\u005f_proto__']) {
      expectError(await send(`{"username":{"${key}":{"username":"x"}}}`), ...NOT_JSON)
    }
    expectError(await send('{"constructor":{"prototype":{"username":"x"}}}'), ...NOT_JSON)
    expect(Object.getOwnPropertyNames(Object.prototype)).not.to.include('username')
  })

  it('is not harmed by depth', async () => {
    const deep = await backing.serve({ http: { maxBodyBytes: 1_000_000 } })
    const nested = (open: string, close: string) => `${open.repeat(20_000)}1${close.repeat(20_000)}`
    for (const value of [nested('[', ']'), nested('{"a":', '}')]) {
      const body = `{"username":${value},"password":${value},"password2":${value},"allow":${value},"mobile":${value}}`
      for (const path of ['/register', '/login', '/sms_codes']) {
        const answer = await deep.browser.post(path, undefined, {
          body,
          headers: { 'Content-Type': 'application/json' },
        })
        expect(answer.status, answer.text).to.equal(400)
      }
    }
  })
})

/** Posts JSON in pieces, without a length. */
function statusOfChunked(url: string, pieces: string[]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' }
    const posted = request(`${url}/login`, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    posted.on('error', reject)
    for (const piece of pieces) posted.write(piece)
    posted.end()
  })
}
