import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { RedisAddress } from '../../../src/redis/address.ts'
import { connect, ready, type ConnectOptions } from '../../../src/redis/connection.ts'
import { eventually } from '../../support/eventually.ts'
import { nextEvent } from '../../support/next-event.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('a connection', () => {
  let server: RedisServer
  let logger: RecordingLogger
  const clients: Redis[] = []
  const others: Server[] = []

  before(async () => {
    server = await startRedis()
  })

  beforeEach(() => {
    logger = recordingLogger()
  })

  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect()
    for (const other of others.splice(0)) other.close()
  })

  after(async () => {
    await server.stop()
  })

  function open(address: RedisAddress, options: Partial<ConnectOptions> = {}): Redis {
    const client = connect(address, { name: 'test', role: 'commands', logger, ...options })
    clients.push(client)
    return client
  }

  async function listen(onSocket: (socket: Socket) => void): Promise<RedisAddress> {
    const other = createServer(onSocket)
    others.push(other)
    await once(other.listen(0, '127.0.0.1'), 'listening')
    const address = other.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return { url: `redis://:hunter2@127.0.0.1:${address.port}` }
  }

  it('has its name and its database', async () => {
    const client = open({ socketPath: server.socketPath, db: 7 }, { name: 'lovage:a:b' })
    await ready(client, 1000)
    const info = await client.client('INFO')
    expect(info).to.match(/ name=lovage:a:b .* db=7 /)
    await ready(client, 1)
    expect(logger.lines).to.deep.equal([])
  })

  it('refuses options that mean nothing', () => {
    const address = { socketPath: server.socketPath, db: 0 }
    for (const name of ['', 'two words', 'new\nline', 'ä']) {
      expect(() => open(address, { name })).to.throw(
        `name must be printable ASCII without spaces, got ${JSON.stringify(name)}`,
      )
    }
    for (const value of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => open(address, { commandTimeoutMs: value })).to.throw('commandTimeoutMs must be a whole number')
      expect(() => open(address, { connectTimeoutMs: value })).to.throw('connectTimeoutMs must be a whole number')
      expect(() => open(address, { maxBlockMs: value })).to.throw('maxBlockMs must be a whole number')
    }
    expect(() => open({ url: 'http://h' })).to.throw('not an address of a Redis')
  })

  it('rejects a command at once while there is none, and goes on trying', async () => {
    const address = await listen((socket) => socket.destroy())
    const client = open(address)
    const failure = (): Promise<string> => client.set('k', 'v').then(String, String)
    expect(await failure()).to.equal('Error: Redis is not ready: not connected yet')
    await nextEvent(client, 'reconnecting')
    expect(await failure()).to.match(/^Error: Redis is not ready: (closed by the server|write EPIPE|read ECONNRESET)$/)
    await nextEvent(client, 'reconnecting')
    await nextEvent(client, 'reconnecting')
    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['Redis is away; trying again'])
  })

  it('tells a command why there is none', async () => {
    const client = open({ url: 'redis://:hunter2@127.0.0.1:1' })
    await ready(client, 50).catch(() => undefined)
    const failure = await client.set('k', 'hunter3').then(String, String)
    expect(failure).to.equal('Error: Redis is not ready: connect ECONNREFUSED 127.0.0.1:1')
  })

  it('says what stands in the way when it is not ready in time', async () => {
    const gone = open({ url: 'redis://:hunter2@127.0.0.1:1/3' })
    const refused = await setupFailure('NOT_READY', ready(gone, 100))
    expect(refused).to.match(/^Redis at 127\.0\.0\.1:1 was not ready within 100 ms: connect ECONNREFUSED/)
    const none = await setupFailure('NOT_READY', ready(open({ socketPath: '/no/such.sock', db: 0 }), 50))
    expect(none).to.contain('Redis at /no/such.sock was not ready within 50 ms: connect ENOENT')
    const silent = await setupFailure('NOT_READY', ready(open(await listen(() => undefined)), 50))
    expect(silent).to.contain('was not ready within 50 ms: it accepts, but does not answer or still loads its data')
    const closed = open(await listen((socket) => socket.once('data', () => closed.disconnect())))
    const waiting = await setupFailure('NOT_READY', ready(closed, 5000))
    expect(waiting).to.contain('was not ready when the connection was closed: by ourselves')
    expect(logger.text()).to.not.contain('hunter2')
  })

  it('becomes ready when the server appears while it waits', async () => {
    const address = await listen(() => undefined)
    const [other] = others.splice(0)
    if (other === undefined || !('url' in address)) throw new Error('no server')
    const port = Number(address.url.split(':').at(-1))
    await new Promise((resolve) => other.close(resolve))
    const client = open({ url: `redis://127.0.0.1:${port}` })
    const waiting = ready(client, 10_000)
    await nextEvent(client, 'reconnecting')
    const late = await startRedis({ args: ['--port', String(port), '--bind', '127.0.0.1'] })
    try {
      await waiting
      expect(logger.lines.map(({ message }) => message)).to.deep.equal(['Redis is away; trying again', 'Redis is back'])
    } finally {
      await late.stop()
    }
  })

  it('never shows the password, nor a command of an error', async () => {
    const guarded = await startRedis()
    try {
      const admin = open({ socketPath: guarded.socketPath, db: 0 }, { name: 'admin' })
      await ready(admin, 1000)
      await admin.config('SET', 'requirepass', 'right')
      const client = open({ socketPath: guarded.socketPath, db: 0, password: 'hunter2' })
      const seen: unknown[] = []
      client.on('error', (error) => seen.push(error))
      expect(await setupFailure('NOT_READY', ready(client, 200))).to.contain('WRONGPASS')
      expect(JSON.stringify(seen)).to.not.contain('hunter2')
      expect(logger.text()).to.contain('WRONGPASS').and.not.contain('hunter2')
      const right = open({ socketPath: guarded.socketPath, db: 0, password: 'right' })
      await ready(right, 1000)
      const reason: unknown = await right.call('SET', 'secret', 'x', 'bad').catch((error: unknown) => error)
      expect(reason).to.have.property('name', 'ReplyError')
      expect(reason).to.not.have.property('command')
    } finally {
      await guarded.stop()
    }
  })

  it('never works in database 0 when the server refuses its own', async () => {
    const client = open({ socketPath: server.socketPath, db: 16 })
    const message = await setupFailure('NOT_READY', ready(client, 300))
    expect(message).to.match(/DB index is out of range/)
    expect(logger.lines.map(({ fields }) => fields['reason'])).to.deep.equal(['ERR DB index is out of range'])
    expect(client.status).to.not.equal('ready')
  })

  it('reconnects when the server has become a replica, without sending the command again', async () => {
    const client = open({ socketPath: server.socketPath, db: 0 })
    await ready(client, 1000)
    await client.replicaof('127.0.0.1', 1)
    const back = nextEvent(client, 'reconnecting')
    const reason: unknown = await client.incr('connection:count').catch((error: unknown) => error)
    expect(String(reason)).to.contain('READONLY')
    await back
    await ready(client, 1000)
    await client.call('REPLICAOF', 'NO', 'ONE')
    await eventually(async () => expect(await client.get('connection:count')).to.equal(null))
  })

  it('does not log that it is closed on purpose', async () => {
    const client = open({ socketPath: server.socketPath, db: 0 })
    await ready(client, 1000)
    const ended = nextEvent(client, 'end')
    await client.quit()
    await ended
    expect(logger.lines).to.deep.equal([])
  })
})
