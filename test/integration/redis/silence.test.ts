import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready, type ConnectOptions } from '../../../src/redis/connection.ts'
import { eventually } from '../../support/eventually.ts'
import { FreezableProxy } from '../../support/freezable-proxy.ts'
import { nextEvent } from '../../support/next-event.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('a network that swallows everything', () => {
  let server: RedisServer
  let proxy: FreezableProxy
  let logger: RecordingLogger
  const clients: Redis[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())

  beforeEach(async () => {
    logger = recordingLogger()
    proxy = await FreezableProxy.start({ path: server.socketPath })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await proxy.stop()
  })

  const times = { commandTimeoutMs: 300, connectTimeoutMs: 200, maxBlockMs: 200 }

  async function open(options: Partial<ConnectOptions> = {}): Promise<Redis> {
    const client = connect({ url: proxy.url }, { name: 'test', role: 'commands', logger, ...times, ...options })
    clients.push(client)
    await ready(client, 5_000)
    return client
  }

  const failure = (work: Promise<unknown>): Promise<string> => work.then(String, String)

  it('is noticed by a connection that is not used, which works soon after', async () => {
    const client = await open()
    proxy.freeze()
    await nextEvent(client, 'reconnecting')
    expect(logger.lines.map(({ fields }) => fields['reason'])).to.deep.equal([
      'it accepts, but did not answer within 300 ms',
    ])
    expect(await failure(client.get('k'))).to.match(/Redis is not ready: it accepts, but did not answer within 300 ms/)
    // Attempts to connect are given up as well, one after the other.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const began = performance.now()
      await nextEvent(client, 'reconnecting')
      expect(performance.now() - began).to.be.lessThan(1_500)
    }
    expect(await failure(client.get('k'))).to.match(/Redis is not ready: it accepts, but did not answer within 200 ms/)
    proxy.thaw()
    const began = performance.now()
    await eventually(() => client.ping())
    // An attempt that was under way, and a pause.
    expect(performance.now() - began).to.be.lessThan(1_500)
    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['Redis is away; trying again', 'Redis is back'])
  })

  it('takes a connection along with the first command that is not answered, although others were', async () => {
    const client = await open()
    await client.set('k', 'v')
    void proxy.freezeAt('swallowed')
    const answers = Promise.all([failure(client.get('k')), failure(client.get('swallowed'))])
    await nextEvent(client, 'reconnecting')
    expect((await answers)[1]).to.contain('Command timed out')
  })

  it('is noticed by a blocking connection, also while that connects', async () => {
    const client = await open({ role: 'blocking' })
    proxy.freeze()
    const began = performance.now()
    expect(await failure(client.blpop('list', 0.1))).to.contain('the connection was lost: Socket timeout')
    expect(performance.now() - began).to.be.within(450, 1_500)
    await nextEvent(client, 'reconnecting')
    await nextEvent(client, 'reconnecting')
    proxy.thaw()
    await eventually(async () => expect(await client.blpop('list', 0.01)).to.equal(null))
  })

  it('leaves a Unix socket alone that is not used: only a network forgets', async () => {
    const client = connect(
      { socketPath: server.socketPath, db: 0 },
      { name: 'test', role: 'commands', logger, ...times },
    )
    clients.push(client)
    await ready(client, 1_000)
    await client.call('CONFIG', 'RESETSTAT')
    const other = await open({ name: 'other' })
    await eventually(async () => expect(await other.info('commandstats')).to.match(/cmdstat_ping:calls=[1-9]/))
    const list = String(await other.client('LIST'))
    const used = (name: string): string =>
      / cmd=(\S+) /.exec(list.split('\n').find((line) => line.includes(` name=${name} `)) ?? '')?.[1] ?? ''
    expect(used('test')).to.equal('config|resetstat')
  })
})
