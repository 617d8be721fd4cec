import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { createProbes, type Probes, type ReadinessChecks } from '../../../src/monitor/probes.ts'

describe('probes', () => {
  let server: Server
  let probes: Probes

  async function start(checks: ReadinessChecks): Promise<string> {
    probes = createProbes(checks)
    const app = new Koa()
    app.use(probes.middleware)
    app.use((context) => void (context.body = 'passed on'))
    const answer = app.callback()
    server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('are ready while every check holds', async () => {
    const url = await start({ one: async () => {} })
    const answer = await fetch(`${url}/readyz`)
    expect([answer.status, await answer.json()]).to.deep.equal([200, { status: 'ok' }])
    expect((await fetch(`${url}/livez/`)).status).to.equal(200)
    expect(await (await fetch(`${url}/other`)).text()).to.equal('passed on')
    expect((await fetch(`${url}/readyz`, { method: 'POST' })).status).to.equal(405)
  })

  it('name what failed, and stay alive', async () => {
    const url = await start({ good: async () => {}, redis: () => Promise.reject(new Error('connection refused')) })
    const answer = await fetch(`${url}/readyz`)
    expect([answer.status, await answer.json()]).to.deep.equal([
      503,
      { status: 'unavailable', causes: { redis: 'connection refused' } },
    ])
    expect((await fetch(`${url}/livez`)).status).to.equal(200)
  })

  it('tell no more of a cause than is of use', async () => {
    const url = await start({ pool: () => Promise.reject(new Error('x'.repeat(100_000))) })
    expect(await (await fetch(`${url}/readyz`)).json()).to.have.nested.property('causes.pool', 'x'.repeat(300))
  })

  it('do not wait for a check that hangs', async () => {
    const url = await start({ redis: () => new Promise(() => {}) })
    expect(await (await fetch(`${url}/readyz`)).json()).to.have.nested.property(
      'causes.redis',
      'did not answer within 1000 ms',
    )
  })

  it('are not ready while the process stops', async () => {
    const url = await start({})
    probes.stopping()
    expect(await (await fetch(`${url}/readyz`)).json()).to.have.nested.property('causes.process', 'is stopping')
  })
})
