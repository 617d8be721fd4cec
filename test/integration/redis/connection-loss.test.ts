import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready, type ConnectOptions } from '../../../src/redis/connection.ts'
import { eventually } from '../../support/eventually.ts'
import { nextEvent } from '../../support/next-event.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('a connection that is lost', () => {
  let server: RedisServer
  let logger: RecordingLogger
  const clients: Redis[] = []

  beforeEach(async () => {
    server = await startRedis()
    logger = recordingLogger()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await server.stop()
  })

  async function open(options: Partial<ConnectOptions> = {}): Promise<Redis> {
    const address = { socketPath: server.socketPath, db: 0 }
    const client = connect(address, { name: 'test', role: 'commands', logger, ...options })
    clients.push(client)
    await ready(client, 5000)
    return client
  }

  async function killConnections(name: string): Promise<void> {
    const admin = await open({ name: 'admin' })
    for (const line of String(await admin.client('LIST')).split('\n')) {
      const id = / name=(\S+) /.exec(line)?.[1] === name ? /^id=(\d+)/.exec(line)?.[1] : undefined
      if (id !== undefined) await admin.client('KILL', 'ID', id)
    }
  }

  it('rejects what is in flight, and does not send it again', async () => {
    const client = await open({ role: 'blocking' })
    const moved = client.blmove('from', 'to', 'LEFT', 'RIGHT', 20).catch((error: unknown) => String(error))
    const counted = client.incr('count').catch((error: unknown) => String(error))
    const piped = client
      .multi()
      .incr('count')
      .incr('count')
      .exec()
      .catch((error: unknown) => String(error))
    await eventually(async () => expect(await (await open()).info('clients')).to.contain('blocked_clients:1'))
    await killConnections('test')
    expect(await moved).to.match(/the connection was lost: closed by the server/)
    expect(await counted).to.match(/the connection was lost: closed by the server/)
    expect(await piped).to.match(/the connection was lost: closed by the server|aborted/)
    await ready(client, 2000)
    const list = await open({ name: 'list' })
    await list.rpush('from', 'task')
    expect(await list.llen('from'), 'the lost BLMOVE is not there any more').to.equal(1)
    expect(await list.get('count'), 'what stood behind it was not run').to.equal(null)
  })

  it('is logged once when it goes and once when it is back', async () => {
    const client = await open({ commandTimeoutMs: 300, connectTimeoutMs: 200 })
    const { pid } = server
    process.kill(pid, 'SIGSTOP')
    const waiting = client.get('k').catch((error: unknown) => String(error))
    expect(await waiting).to.contain('Command timed out')
    // Several attempts fail in between.
    await nextEvent(client, 'reconnecting')
    await nextEvent(client, 'reconnecting')
    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['Redis is away; trying again'])
    expect(logger.lines[0]?.fields).to.include({ connection: 'test' })
    expect(logger.lines[0]?.fields['reason']).to.equal('it accepts, but did not answer within 300 ms')
    process.kill(pid, 'SIGCONT')
    await eventually(() => expect(logger.lines).to.have.length(2))
    expect(logger.lines[1]).to.include({ level: 'info', message: 'Redis is back' })
    expect(logger.lines[1]?.fields['downMs']).to.be.a('number')
    expect(await client.set('k', 'v')).to.equal('OK')
  }).timeout(30_000)

  it('is noticed while a command waits at a server that has stopped', async () => {
    const client = await open({ role: 'blocking', commandTimeoutMs: 100, maxBlockMs: 300 })
    process.kill(server.pid, 'SIGSTOP')
    const began = performance.now()
    const reason = await client.blpop('list', 0.2).catch((error: unknown) => String(error))
    expect(reason).to.be.a('string')
    // The longest wait, and the time for an answer.
    expect(performance.now() - began).to.be.within(350, 1500)
    await nextEvent(client, 'reconnecting')
    process.kill(server.pid, 'SIGCONT')
    await ready(client, 5000)
  })

  it('does not time out a blocking command that waits', async () => {
    const client = await open({ role: 'blocking', commandTimeoutMs: 50, maxBlockMs: 2000 })
    expect(await client.blpop('list', 0.5)).to.equal(null)
    expect(logger.lines).to.deep.equal([])
  })

  it('may be silent for long when nothing is asked', async () => {
    const client = await open({ commandTimeoutMs: 50, role: 'subscriber' })
    await client.subscribe('quiet')
    const closed: unknown[] = []
    client.on('close', () => closed.push(1))
    const other = await open({ name: 'other' })
    // Waits at the server for longer than the silence that is allowed.
    await other.blpop('none', 0.3)
    expect(closed).to.deep.equal([])
  })

  it('tries again for ever, at most half a second apart', async () => {
    const client = await open()
    const { retryStrategy } = client.options
    const delays = [1, 2, 3, 4, 5, 6, 1000].map((attempt) => retryStrategy?.(attempt))
    expect(delays).to.deep.equal([50, 100, 200, 400, 500, 500, 500])
  })

  it('renews its subscriptions, also when that fails at first', async () => {
    const client = await open({ name: 'ear', role: 'subscriber', commandTimeoutMs: 200 })
    const heard: string[] = []
    client.on('message', (_channel, message: string) => heard.push(message))
    client.on('pmessage', (_pattern, _channel, message: string) => heard.push(message))
    await client.subscribe('a', 'b', 'c')
    await client.psubscribe('p*')
    await client.unsubscribe('b')
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      let failures = 1
      const send = client.sendCommand.bind(client)
      client.sendCommand = (command, stream) => {
        if (command.name === 'subscribe' && failures-- > 0) {
          command.reject(new Error('Command timed out'))
          return command.promise
        }
        return send(command, stream)
      }
      await killConnections('ear')
      const mouth = await open({ name: 'mouth' })
      await eventually(async () =>
        expect(await mouth.pubsub('NUMSUB', 'a', 'b', 'c')).to.deep.equal(['a', 1, 'b', 0, 'c', 1]),
      )
      await eventually(async () => expect(await mouth.pubsub('NUMPAT')).to.equal(1))
      for (const channel of ['a', 'b', 'c', 'pattern']) await mouth.publish(channel, channel)
      await eventually(() => expect(heard).to.deep.equal(['a', 'c', 'pattern']))
      expect(failures).to.be.lessThan(0)
      expect(unhandled).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  it('says so when the server refuses to renew the subscriptions', async () => {
    const client = await open({ name: 'ear', role: 'subscriber' })
    await client.subscribe('a')
    const admin = await open({ name: 'boss' })
    await admin.call('ACL', 'SETUSER', 'default', 'resetchannels')
    await eventually(() =>
      expect(logger.lines.map(({ message }) => message)).to.include('Redis refuses to renew the subscriptions'),
    )
  })
})
