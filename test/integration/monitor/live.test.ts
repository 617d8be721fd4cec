import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import { createHttpServer } from '../../../src/app/http-server.ts'
import { Access } from '../../../src/monitor/access/access.ts'
import { createMonitor } from '../../../src/monitor/create-monitor.ts'
import { LiveFeed } from '../../../src/monitor/live/live-feed.ts'
import { livePart } from '../../../src/monitor/live/live-part.ts'
import type { LiveSnapshot } from '../../../src/monitor/wire-types.ts'
import { EventStream } from '../../support/event-stream.ts'
import { eventually } from '../../support/eventually.ts'
import { ask } from '../../support/http-request.ts'
import { MemoryLog } from '../../support/engine.ts'

const token = 'the-token-of-the-dashboard-of-this-test'

/** A server that is quick to give up answers. */
const limits = {
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 200,
  requestTimeoutMs: 200,
  keepAliveTimeoutMs: 100,
  answerTimeoutMs: 200,
  maxConnections: 100,
}

describe('the live figures over HTTP', () => {
  let server: Server
  let feed: LiveFeed
  let url = ''
  let cookie = ''
  let size = 0

  beforeEach(async () => {
    size = 0
    let time = 0
    const logger = new MemoryLog()
    feed = new LiveFeed({
      snapshot: async () => ({ totals: { time: (time += 1) }, beat: 'x'.repeat(size) }) as unknown as LiveSnapshot,
      onNone: () => {},
      troubleOf: String,
      logger,
    })
    const access = new Access({
      token,
      listensOn: '127.0.0.1',
      publicUrl: null,
      hosts: [],
      sessionMs: 3_600_000,
      addressOf: () => 'a',
      logger,
    })
    const app = new Koa()
    app.on('error', () => {})
    app.use(createMonitor({ access, page: 'none', parts: [livePart(feed, access)], isOutage: () => false, logger }))
    server = createHttpServer((request, response) => void app.callback()(request, response), limits, logger)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { headers } = await ask(`${url}/monitor?token=${token}`)
    cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
  })
  afterEach(() => {
    feed.close()
    server.closeAllConnections()
    server.close()
  })

  const look = (): Promise<EventStream> => EventStream.open(`${url}/monitor/api/live`, { Cookie: cookie })
  const snapshots = ({ events }: EventStream): number => events.filter(({ name }) => name === 'snapshot').length

  it('go on for longer than the server keeps a connection on which nothing comes', async function () {
    this.timeout(10_000)
    const stream = await look()
    expect(stream.headers).to.include({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    await eventually(() => expect(snapshots(stream)).to.equal(4))
    stream.close()
    await eventually(() => expect(feed.viewers).to.equal(0))
  })

  it('are for nobody who has left', async () => {
    const stream = await look()
    await stream.find('snapshot')
    const leave = { method: 'DELETE', headers: { Cookie: cookie, Origin: url } }
    expect((await ask(`${url}/monitor/api/session`, leave)).status).to.equal(200)
    expect((await stream.find('bye')).data).to.deep.equal({ reason: 'session' })
    await eventually(() => expect(stream.ended).to.equal(true))
  })

  it('end with the process, so that the server can close', async () => {
    const stream = await look()
    await stream.find('snapshot')
    feed.close()
    const closed = once(server, 'close')
    server.close()
    await closed
    expect((await stream.find('bye')).data).to.deep.equal({ reason: 'stopping' })
  })

  it('are not gathered for a client that does not read', async function () {
    this.timeout(60_000)
    size = 8_000_000
    const slow = connect(Number(new URL(url).port), '127.0.0.1')
    slow.on('error', () => {})
    slow.write(`GET /monitor/api/live HTTP/1.1\r\nHost: ${new URL(url).host}\r\nCookie: ${cookie}\r\n\r\n`)
    slow.pause()
    const [kept] = (await once(server, 'connection')) as [Socket]
    const fast = await look()
    // Large ones: a busy machine takes seconds for each.
    await eventually(() => expect(snapshots(fast)).to.be.at.least(5), { timeoutMs: 40_000 })
    expect(kept.writableLength).to.be.lessThan(2 * size)
    slow.destroy()
    fast.close()
    await eventually(() => expect(feed.viewers).to.equal(0))
  })

  it('answer a HEAD, and no more', async () => {
    const { status, text } = await ask(`${url}/monitor/api/live`, { method: 'HEAD', headers: { Cookie: cookie } })
    expect([status, text, feed.viewers]).to.deep.equal([200, '', 0])
  })
})
