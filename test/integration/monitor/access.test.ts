import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import Koa from 'koa'
import { Access } from '../../../src/monitor/access/access.ts'
import { createMonitor } from '../../../src/monitor/create-monitor.ts'
import { MonitorError } from '../../../src/monitor/monitor-error.ts'
import type { MonitorPart } from '../../../src/monitor/monitor-routes.ts'
import type { MonitorFault, SessionAnswer } from '../../../src/monitor/wire-types.ts'
import { ask, type Answered, type Asked } from '../../support/http-request.ts'
import { recordingLogger } from '../../support/recording-logger.ts'

const token = 'the-token-of-the-dashboard-of-this-test'

describe('access to the dashboard', () => {
  let folder = ''
  const servers: Server[] = []

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-page-'))
    writeFileSync(join(folder, 'monitor.html'), '<!doctype html><title>the page</title>')
  })
  after(() => rmSync(folder, { recursive: true }))
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  const part: MonitorPart = (routes) => {
    routes.show('/things/:id', ({ params, query, session }) => ({
      id: params['id'],
      of: query.get('of'),
      session: session.id,
    }))
    routes.act('POST', '/actions/do', ({ body }) => ({ body }))
    routes.show('/away', () => Promise.reject(new Error('Connection is closed.')))
    routes.show('/broken', () => Promise.reject(new Error('secret detail')))
    routes.show('/conflict', () => {
      throw new MonitorError('CONFLICT', 'it runs')
    })
  }

  /** A dashboard over HTTP; what is no part of it is answered 299. */
  async function serve(options: { publicUrl?: string; hosts?: string[]; page?: string; token?: string } = {}) {
    const logger = recordingLogger()
    const access = new Access({
      token: options.token ?? token,
      listensOn: '127.0.0.1',
      publicUrl: options.publicUrl ?? null,
      hosts: options.hosts ?? [],
      sessionMs: 3_600_000,
      addressOf: (context) => context.get('X-Test-Address') || 'a',
      logger,
    })
    const page = options.page ?? join(folder, 'monitor.html')
    const isOutage = (error: unknown): boolean => error instanceof Error && error.message === 'Connection is closed.'
    const app = new Koa()
    app.use(createMonitor({ access, page, parts: [part], isOutage, logger }))
    app.use((context) => {
      context.status = 299
    })
    const server = createServer((request, response) => void app.callback()(request, response)).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const url = `http://${host}`
    const get = (path: string, headers: Asked['headers'] = {}): Promise<Answered> => ask(`${url}${path}`, { headers })
    const post = (path: string, body: unknown, headers: Asked['headers'] = {}, method = 'POST'): Promise<Answered> => {
      const all = { Origin: url, 'Content-Type': 'application/json', ...headers }
      return ask(`${url}${path}`, {
        method,
        headers: all,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    }
    const enter = async (): Promise<string> => cookieOf(await post('/monitor/api/session', { token }))
    return { url, host, get, post, enter, logger }
  }

  function cookieOf({ headers }: Answered): string {
    return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
  }

  function faultOf(answer: Answered): [number, MonitorFault['error']] {
    return [answer.status, (answer.json() as MonitorFault).error]
  }

  it('leaves everything else to others', async () => {
    const { get } = await serve()
    for (const path of ['/', '/monitors', '/monitor-x', '/api', '/login?to=/monitor/']) {
      expect((await get(path, { Host: 'elsewhere.example' })).status, path).to.equal(299)
    }
  })

  it('gives the page to whoever asks: it holds no data', async () => {
    const { get } = await serve()
    for (const path of ['/monitor', '/monitor/']) {
      const { status, headers, text } = await get(path)
      expect(status).to.equal(path === '/monitor' ? 200 : 303)
      expect(headers['cache-control']).to.equal('no-store')
      if (status === 200)
        expect([headers['content-type'], text]).to.deep.equal([
          'text/html; charset=utf-8',
          '<!doctype html><title>the page</title>',
        ])
      else expect(headers.location).to.equal('/monitor')
    }
    expect((await get('/monitor.html')).headers.location).to.equal('/monitor')
  })

  it('says where the page has not been built', async () => {
    const { get } = await serve({ page: join(folder, 'none.html') })
    expect(faultOf(await get('/monitor'))).to.deep.equal([503, 'PAGE_NOT_BUILT'])
  })

  it('takes the token from the address, and out of it', async () => {
    const { get, logger } = await serve()
    const answer = await get(`/monitor?token=${token}`)
    expect([answer.status, answer.headers.location]).to.deep.equal([303, '/monitor'])
    expect(answer.headers['set-cookie']?.[0]).to.match(
      /^lovage_monitor=v1\.[\w.-]+; Path=\/monitor; Max-Age=3600; HttpOnly; SameSite=Strict$/,
    )
    expect((await get('/monitor/api/things/1', { Cookie: cookieOf(answer) })).status).to.equal(200)
    expect(logger.text()).to.contain('a session was opened').and.not.contain(token)
  })

  it('takes the token from a form', async () => {
    const { get, post } = await serve()
    const answer = await post('/monitor/api/session', { token })
    expect(answer.status).to.equal(200)
    expect((answer.json() as SessionAnswer).endsAt).to.be.within(Date.now() + 3_590_000, Date.now() + 3_600_000)
    const thing = await get('/monitor/api/things/%E9%95%BF?of=x', { Cookie: cookieOf(answer) })
    expect(thing.json()).to.include({ id: '长', of: 'x' })
  })

  it('takes it from nowhere else', async () => {
    const { get, post } = await serve()
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { Cookie: `lovage_monitor=${token}` },
      { 'X-Token': token },
    ]) {
      expect(faultOf(await get('/monitor/api/things/1', headers))).to.deep.equal([401, 'NO_SESSION'])
    }
    expect(faultOf(await get(`/monitor/api/things/1?token=${token}`))).to.deep.equal([401, 'NO_SESSION'])
    expect(faultOf(await post('/monitor/api/actions/do', { token }))).to.deep.equal([401, 'NO_SESSION'])
    expect(faultOf(await post('/monitor/api/session', { token: [token] }))).to.deep.equal([400, 'BAD_REQUEST'])
  })

  it('refuses a wrong token, and tells the page alone', async () => {
    const { get, post, logger } = await serve()
    expect(faultOf(await post('/monitor/api/session', { token: `${token}x` }))).to.deep.equal([401, 'WRONG_TOKEN'])
    const { headers } = await get('/monitor?token=another')
    expect([headers.location, headers['set-cookie']]).to.deep.equal(['/monitor#WRONG_TOKEN', undefined])
    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal(
      Array.from({ length: 2 }, () => ['warn', 'dashboard: a wrong token', { address: 'a' }]),
    )
  })

  it('looks at no more tokens after ten wrong ones, from that address alone', async () => {
    const { get, post } = await serve()
    for (let tries = 0; tries < 10; tries += 1) await post('/monitor/api/session', { token: String(tries) })
    const refused = await post('/monitor/api/session', { token })
    expect(faultOf(refused)).to.deep.equal([429, 'TOO_MANY_TRIES'])
    expect(Number(refused.headers['retry-after'])).to.be.within(590, 600)
    expect((await get(`/monitor?token=${token}`)).headers.location).to.equal('/monitor#TOO_MANY_TRIES')
    expect((await post('/monitor/api/session', { token }, { 'X-Test-Address': 'b' })).status).to.equal(200)
  })

  it('takes the token of an address from nothing but the way to the page, and counts nothing else', async () => {
    const { get, post, logger } = await serve()
    const picture = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
    const frame = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }
    for (const headers of [picture, frame]) {
      for (let tries = 0; tries < 11; tries += 1) await get('/monitor?token=x', headers)
      const answer = await get(`/monitor?token=${token}`, headers)
      expect([answer.status, answer.headers.location]).to.deep.equal([303, '/monitor'])
      expect(answer.headers['set-cookie']).to.equal(undefined)
    }
    expect(logger.lines).to.deep.equal([])
    const link = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    expect((await get(`/monitor?token=${token}`, link)).headers['set-cookie']).to.have.length(1)
    expect((await post('/monitor/api/session', { token })).status).to.equal(200)
  })

  it('counts wrong tokens that links of other sites bring apart', async () => {
    const { get, post } = await serve()
    for (const site of ['cross-site', 'same-site']) {
      const link = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
      for (let tries = 0; tries < 5; tries += 1) {
        expect((await get('/monitor?token=x', link)).headers.location).to.equal('/monitor#WRONG_TOKEN')
      }
    }
    const link = { 'Sec-Fetch-Site': 'cross-site' }
    expect((await get(`/monitor?token=${token}`, link)).headers.location).to.equal('/monitor#TOO_MANY_TRIES')
    for (const headers of [{}, { 'Sec-Fetch-Site': 'none' }]) {
      expect((await get(`/monitor?token=${token}`, headers)).headers['set-cookie']).to.have.length(1)
    }
    expect((await post('/monitor/api/session', { token })).status).to.equal(200)
  })

  it('answers for hosts of the list alone, whatever is asked for', async () => {
    const { get, post, enter, host } = await serve({ hosts: ['monitor.example'] })
    const cookie = await enter()
    for (const path of ['/monitor', `/monitor?token=${token}`, '/monitor/api/things/1', '/monitor/api/none']) {
      const answer = await get(path, { Host: 'evil.example', Cookie: cookie })
      expect(faultOf(answer), path).to.deep.equal([403, 'HOST_NOT_ALLOWED'])
      expect((answer.json() as MonitorFault).message)
        .to.contain(`${host}, `)
        .and.contain('came "evil.example"')
      expect(answer.headers['set-cookie']).to.equal(undefined)
    }
    const named = { Host: 'monitor.example', Cookie: cookie }
    expect((await get('/monitor/api/things/1', named)).status).to.equal(200)
    expect(
      (await post('/monitor/api/actions/do', {}, { ...named, Origin: 'https://monitor.example' })).status,
    ).to.equal(200)
  })

  it('changes nothing without an Origin that is the host', async () => {
    const { post, enter, url, host } = await serve()
    const Cookie = await enter()
    expect((await post('/monitor/api/actions/do', { a: 1 }, { Cookie })).json()).to.deep.equal({ body: { a: 1 } })
    const port = Number(host.split(':')[1])
    for (const Origin of [
      'null',
      'http://evil.example',
      `http://127.0.0.1:${port + 1}`,
      `${url}.evil.example`,
      `ftp://${host}`,
      `http://localhost:${port}`,
      '',
    ]) {
      expect(faultOf(await post('/monitor/api/actions/do', {}, { Cookie, Origin })), Origin).to.deep.equal([
        403,
        'FOREIGN_ORIGIN',
      ])
    }
    const { status } = await ask(`${url}/monitor/api/actions/do`, { method: 'POST', headers: { Cookie } })
    expect(status).to.equal(403)
    // The token does not help.
    expect(faultOf(await post('/monitor/api/session', { token }, { Origin: 'http://evil.example' }))).to.deep.equal([
      403,
      'FOREIGN_ORIGIN',
    ])
  })

  it('tells pages of other sites and ports nothing, where the browser says who asks', async () => {
    const { get, enter } = await serve()
    const Cookie = await enter()
    for (const site of ['same-site', 'cross-site']) {
      expect(faultOf(await get('/monitor/api/things/1', { Cookie, 'Sec-Fetch-Site': site }))).to.deep.equal([
        403,
        'FOREIGN_ORIGIN',
      ])
    }
    for (const site of ['same-origin', 'none']) {
      expect((await get('/monitor/api/things/1', { Cookie, 'Sec-Fetch-Site': site })).status).to.equal(200)
    }
  })

  it('lets a link lead to the page', async () => {
    const { get } = await serve()
    const { status } = await get('/monitor', {
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    })
    expect(status).to.equal(200)
  })

  it('ends a session where somebody leaves', async () => {
    const { get, post, enter } = await serve()
    const Cookie = await enter()
    const left = await post('/monitor/api/session', '', { Cookie }, 'DELETE')
    expect(left.json()).to.deep.equal({ ended: true })
    expect(left.headers['set-cookie']?.[0]).to.match(
      /^lovage_monitor=; Path=\/monitor; Max-Age=0; HttpOnly; SameSite=Strict$/,
    )
    expect(faultOf(await get('/monitor/api/things/1', { Cookie }))).to.deep.equal([401, 'NO_SESSION'])
  })

  it('keeps a session through a restart, and ends it with another token', async () => {
    const Cookie = await (await serve()).enter()
    expect((await (await serve()).get('/monitor/api/things/1', { Cookie })).status).to.equal(200)
    const other = await serve({ token: `${token}-2` })
    expect(faultOf(await other.get('/monitor/api/things/1', { Cookie }))).to.deep.equal([401, 'NO_SESSION'])
  })

  it('has a cookie for HTTPS alone where that is how browsers come', async () => {
    const { post, get } = await serve({ publicUrl: 'https://shop.example' })
    const headers = { Host: 'shop.example', Origin: 'https://shop.example' }
    const answer = await post('/monitor/api/session', { token }, headers)
    expect(answer.headers['set-cookie']?.[0]).to.match(
      /^__Secure-lovage_monitor=v1\..*; HttpOnly; SameSite=Strict; Secure$/,
    )
    expect((await get('/monitor/api/things/1', { Cookie: cookieOf(answer), Host: 'shop.example' })).status).to.equal(
      200,
    )
  })

  it('takes one cookie, not two', async () => {
    const { get, enter } = await serve()
    const Cookie = await enter()
    expect((await get('/monitor/api/things/1', { Cookie: `a=b; ${Cookie}; c=d` })).status).to.equal(200)
    expect(faultOf(await get('/monitor/api/things/1', { Cookie: `lovage_monitor=x; ${Cookie}` }))).to.deep.equal([
      401,
      'NO_SESSION',
    ])
  })

  it('answers every error in one form', async () => {
    const { get, post, enter, logger } = await serve()
    const Cookie = await enter()
    const faults: [Promise<Answered>, number, string][] = [
      [get('/monitor/api/none', { Cookie }), 404, 'NOT_FOUND'],
      [get('/monitor/other', { Cookie }), 404, 'NOT_FOUND'],
      [post('/monitor/api/things/1', {}, { Cookie }), 405, 'METHOD_NOT_ALLOWED'],
      [post('/monitor', {}, { Cookie }), 405, 'METHOD_NOT_ALLOWED'],
      [get('/monitor/api/away', { Cookie }), 503, 'UNAVAILABLE'],
      [get('/monitor/api/broken', { Cookie }), 500, 'INTERNAL'],
      [get('/monitor/api/conflict', { Cookie }), 409, 'CONFLICT'],
      [post('/monitor/api/actions/do', '{', { Cookie }), 400, 'BAD_REQUEST'],
      [post('/monitor/api/actions/do', '[]', { Cookie }), 400, 'BAD_REQUEST'],
      [post('/monitor/api/actions/do', {}, { Cookie, 'Content-Type': 'text/plain' }), 400, 'BAD_REQUEST'],
      [post('/monitor/api/actions/do', { a: 'x'.repeat(70_000) }, { Cookie }), 413, 'TOO_LARGE'],
    ]
    for (const [answered, status, error] of faults) {
      const answer = await answered
      expect(faultOf(answer)).to.deep.equal([status, error])
      expect(answer.headers['content-type']).to.equal('application/json; charset=utf-8')
      expect(answer.headers['cache-control']).to.equal('no-store')
      expect(answer.text).not.to.contain('secret')
    }
    expect((await post('/monitor/api/things/1', {}, { Cookie })).headers.allow).to.equal('HEAD, GET')
    expect((await get('/monitor/api/away', { Cookie })).headers['retry-after']).to.equal('5')
    expect(logger.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['path'])).to.deep.equal([
      '/monitor/api/broken',
    ])
  })
})
