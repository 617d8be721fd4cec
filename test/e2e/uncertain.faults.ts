import { expect } from 'chai'
import { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { FreezableProxy } from '../support/freezable-proxy.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { startService, type Service } from '../support/service.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { freePort } from './free-port.ts'
import { databases, newMobile } from './journey.ts'
import { deadLetters, expectMessages, resultOf, sendAsCelery } from './queue.ts'

const task = 'ccp_send_sms_code'

/**
 * The process is ended in the gap between the side effect and its ack: the network to Redis stops right before the settle
 * gets through, then kill -9. The message was sent, and Redis knows nothing of it.
 */
describe('kill -9 between sending an SMS and its ack', function () {
  this.timeout(60_000)
  let server: RedisServer
  let address: string
  let proxy: FreezableProxy
  let broker: Redis
  const services: Service[] = []

  before(async () => {
    const port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    address = `redis://127.0.0.1:${port}`
    broker = new Redis({ path: server.socketPath, db: databases.broker })
  })
  after(async () => {
    broker.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    proxy = await FreezableProxy.start({ path: server.socketPath })
  })
  afterEach(async () => {
    await proxy.stop()
    await Promise.all(services.splice(0).map((service) => service.stop()))
  })

  async function worker(url: string, env: Record<string, string>): Promise<Service> {
    const service = await startService({
      command: 'worker',
      args: ['-c', '1'],
      env: { REDIS_URL: `${url}/${databases.broker}`, LEASE_MS: '1000', ...env },
    })
    services.push(service)
    return service
  }

  /** Ends a worker at the moment when it sends `text` to Redis, which does not get it; and starts another. */
  async function killAt(
    text: string,
    env: Record<string, string>,
  ): Promise<{ first: Service; second: Service; id: string; mobile: string }> {
    const first = await worker(proxy.url, env)
    const mobile = newMobile()
    const frozen = proxy.freezeAt(text)
    const id = await sendAsCelery(broker, task, [mobile, '123456'])
    await frozen
    first.signal('SIGKILL')
    await first.exited
    await expectMessages(broker, { waiting: 0, claimed: 1 })
    await proxy.stop()
    return { first, second: await worker(address, env), id, mobile }
  }

  const settle = '"status":"SUCCESS"'

  it('fails as UNCERTAIN where the gateway can not tell a second try: nobody gets it twice', async () => {
    const { first, second, id, mobile } = await killAt(settle, {})
    expect(await resultOf(broker, id)).to.have.nested.include({ status: 'FAILURE', 'result.exc_type': 'UNCERTAIN' })
    expect(first.smsCodes(mobile)).to.have.length(1)
    expect(second.smsCodes(mobile)).to.deep.equal([])
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    const dead = (await deadLetters(broker)).find(({ note }) => note['id'] === id)
    expect(dead?.note['reason']).to.match(/^UNCERTAIN: it may have taken effect, or not/)
    expect(await broker.exists(`lovage:started:${id}`)).to.equal(0)
  })

  it('sends again there where the settings say so', async () => {
    const { first, second, id, mobile } = await killAt(settle, { SMS_ON_UNCERTAIN: 'retry' })
    expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS' })
    expect(first.smsCodes(mobile)).to.have.length(1)
    expect(second.smsCodes(mobile)).to.have.length(1)
  })

  it('sends again under the same request id where the gateway knows it: the provider sends one', async () => {
    const fake = await FakeYuntongxun.start()
    try {
      const { id } = await killAt(settle, gatewayEnvironment(fake))
      expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: 0 })
      expect(fake.sent.map(({ reqId }) => reqId)).to.deep.equal([id.replaceAll('-', '')])
      expect(fake.repeated).to.equal(1)
    } finally {
      await fake.refuse()
    }
  })

  it('sends it where it was claimed and not begun: there is no doubt then', async () => {
    const { first, second, id, mobile } = await killAt('lovage:started:', {})
    expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: 0 })
    expect(first.smsCodes(mobile)).to.deep.equal([])
    await eventually(() => expect(second.smsCodes(mobile)).to.have.length(1))
  })
})
