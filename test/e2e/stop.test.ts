import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { askForCode, databases, expectOk, newMobile } from './journey.ts'
import { countMessages, resultOf } from './queue.ts'

/** How long a process may take to end that waits for nothing, in milliseconds; the gateway's limit is 10 s. */
const atOnceMs = 3_000

describe('stopping the service', function () {
  this.timeout(60_000)
  let fake: FakeYuntongxun
  let service: Service
  let ids: string[]
  const others: Service[] = []

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.stop()
    await service?.stop()
    await fake.refuse()
  })

  /** Starts a service with one slot, three messages, and a gateway that hangs with the first. */
  async function startBusy(env: Record<string, string> = {}): Promise<void> {
    fake.behaviour = { kind: 'hang' }
    service = await startService({ args: ['-c', '1'], env: { ...gatewayEnvironment(fake), ...env } })
    const codes = service.redis(databases.codes)
    const browser = createBrowser(service.url)
    ids = []
    for (let index = 0; index < 3; index += 1) {
      ids.push(String(expectOk(await askForCode(codes, browser, newMobile()))['task_id']))
    }
    await eventually(() => expect(fake.hanging).to.have.length(1))
  }

  /** Looks at the queue that a service has left: starts Redis again by a worker that takes nothing from it. */
  async function lookAtQueue() {
    expect(embeddedRedisPid(service.dataDir)).to.equal(null)
    const other = await startService({ command: 'worker', args: ['-Q', 'other'], dataDir: service.dataDir })
    others.push(other)
    const broker = other.redis(databases.broker)
    const waiting = (await broker.lrange('celery', 0, -1)).map((raw) => {
      const { headers } = JSON.parse(raw) as { headers: { id: string } }
      return headers.id
    })
    const { claimed } = await countMessages(broker)
    // What was there before this worker came: a lease per start.
    const leases = (await broker.keys('lovage:node:*')).length - 1
    // The right end of the list is served next.
    return { broker, servedNext: waiting.toReversed(), claimed, leases }
  }

  async function sendTheRest(): Promise<void> {
    fake.behaviour = { kind: 'ok' }
    others.push(await startService({ dataDir: service.dataDir, env: gatewayEnvironment(fake) }))
    await fake.waitFor('sent', ids.length)
    expect(fake.sent.map(({ reqId }) => reqId)).to.have.members(ids.map((id) => id.replaceAll('-', '')))
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} lets what runs end, takes no more, and leaves the rest on the list`, async () => {
      await startBusy()
      const halfSent = await sendHalf(service.url, 'GET /readyz HTTP/1.1\r\nHost: here\r\n')
      service.signal(signal)
      await service.waitForOutput(/"msg":"stopping/)
      for (const status of await answersUntilRefused(service.url)) expect(status).to.equal(503)
      expect(await halfSent.finish()).to.match(/^HTTP\/1\.1 503 .*"causes":\{"process":"is stopping"\}/s)

      fake.behaviour = { kind: 'ok' }
      for (const held of fake.hanging) held.answer()
      expect(await service.exited).to.deep.equal({ code: 0, signal: null })
      expect(fake.requests).to.equal(1)
      expect(service.output()).to.match(/"handedBack":0,"msg":"stopped"/)

      const [done = '', ...rest] = ids
      const { broker, ...state } = await lookAtQueue()
      expect(state).to.deep.equal({ servedNext: rest, claimed: 0, leases: 0 })
      expect(await resultOf(broker, done)).to.include({ status: 'SUCCESS', result: 0 })
      await sendTheRest()
    })

    it(`a second ${signal} hands back what runs, and waits for nobody`, async () => {
      await startBusy()
      await sendHalf(service.url, 'GET /readyz HTTP/1.1\r\nHost: here\r\n')
      service.signal(signal)
      await service.waitForOutput(/"msg":"stopping/)
      const began = performance.now()
      service.signal(signal)
      expect(await service.exited).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - began).to.be.below(atOnceMs)
      expect(service.output()).to.match(/"handedBack":1,"msg":"stopped"/)

      const { broker: _broker, ...state } = await lookAtQueue()
      expect(state).to.deep.equal({ servedNext: ids, claimed: 0, leases: 0 })
      await sendTheRest()
    })
  }

  it('hands back what still runs after SHUTDOWN_TIMEOUT_MS', async () => {
    await startBusy({ SHUTDOWN_TIMEOUT_MS: '200' })
    service.signal('SIGTERM')
    expect(await service.exited).to.deep.equal({ code: 0, signal: null })
    const { broker: _broker, ...state } = await lookAtQueue()
    expect(state).to.deep.equal({ servedNext: ids, claimed: 0, leases: 0 })
  })

  it('works through npm start, too', async () => {
    service = await startService({ through: 'npm' })
    expect((await fetch(`${service.url}/livez`)).status).to.equal(200)
    service.signal('SIGTERM')
    expect(await service.exited).to.deep.equal({ code: 0, signal: null })
    expect(service.output()).to.match(/"msg":"stopped"/)
    expect(embeddedRedisPid(service.dataDir)).to.equal(null)
  })
})

/** Begins a request; `finish` sends the rest and returns the answer. */
async function sendHalf(url: string, half: string): Promise<{ finish(): Promise<string> }> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.setEncoding('utf8').on('error', () => {})
  await once(socket, 'connect')
  socket.write(half)
  // An answer on another connection that was opened later: the service has read the first half by now.
  await fetch(`${url}/livez`)
  return {
    async finish() {
      let answer = ''
      socket.on('data', (text: string) => (answer += text))
      socket.write('Connection: close\r\n\r\n')
      await once(socket, 'close')
      return answer
    },
  }
}

/** Asks /readyz again and again until connections are refused. @returns what it answered before */
async function answersUntilRefused(url: string): Promise<number[]> {
  const statuses: number[] = []
  await eventually(
    async () => {
      const answer = await fetch(`${url}/readyz`, { headers: { Connection: 'close' } }).catch(() => null)
      if (answer === null) return
      statuses.push(answer.status)
      throw new Error('it still answers')
    },
    { what: 'a refused connection' },
  )
  return statuses
}
