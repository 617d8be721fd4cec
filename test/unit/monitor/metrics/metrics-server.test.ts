import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { createMetricsServer } from '../../../../src/monitor/metrics/metrics-server.ts'
import { createProbes } from '../../../../src/monitor/probes.ts'
import { engineLog } from '../../engine/engine-log.ts'

describe("the monitors' server", () => {
  let server: Server
  let ready: Error | null
  let text: () => Promise<string>
  const logger = engineLog()

  before(async () => {
    const probes = createProbes({
      broker: async () => {
        if (ready !== null) throw ready
      },
    })
    const metrics = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: () => text() }
    server = createMetricsServer(metrics, probes, logger).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    ready = null
    text = async () => 'up 1\n'
  })

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init)

  it('gives the metrics, as Prometheus asks for them', async () => {
    for (const path of ['/metrics', '/metrics/', '/metrics?from=prometheus']) {
      const answer = await ask(path)
      expect([answer.status, await answer.text()], path).to.deep.equal([200, 'up 1\n'])
      expect(answer.headers.get('Content-Type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
      expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    }
    const head = await ask('/metrics', { method: 'HEAD' })
    expect([head.status, head.headers.get('Content-Length'), await head.text()]).to.deep.equal([200, '5', ''])
  })

  it('gives the probes, with the cause', async () => {
    expect((await ask('/livez')).status).to.equal(200)
    expect(await (await ask('/readyz')).json()).to.deep.equal({ status: 'ok' })
    ready = new Error('READONLY')
    const answer = await ask('/readyz')
    expect([answer.status, await answer.json()]).to.deep.equal([
      503,
      { status: 'unavailable', causes: { broker: 'READONLY' } },
    ])
    expect((await ask('/livez')).status).to.equal(200)
  })

  it('has nothing else, and takes nothing', async () => {
    for (const path of ['/', '/metricss', '/livez/more', '/register.html', '//metrics']) {
      expect((await ask(path)).status, path).to.equal(404)
    }
    for (const path of ['/metrics', '/livez']) {
      const answer = await ask(path, { method: 'POST', body: 'x' })
      expect([answer.status, answer.headers.get('Allow')], path).to.deep.equal([405, 'GET, HEAD'])
    }
  })

  it('says that something is wrong, and tells the log what', async () => {
    text = () => Promise.reject(new Error('a fault'))
    const answer = await ask('/metrics')
    expect([answer.status, await answer.text()]).to.deep.equal([
      500,
      'the metrics could not be read; the log has more\n',
    ])
    expect(logger.lines).to.deep.equal([['error', 'metrics could not be read', { reason: 'a fault' }]])
  })
})
