import { expect } from 'chai'
import type { Redis } from 'ioredis'
import type { RedisAddress } from '../../../src/redis/address.ts'
import { connect, ready } from '../../../src/redis/connection.ts'
import { OutageLog } from '../../../src/redis/outage-log.ts'
import { tryWrite, writeFailure } from '../../../src/redis/write-probe.ts'
import { eventually } from '../../support/eventually.ts'
import { nextEvent } from '../../support/next-event.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'
import { RestartableRedis, slowLoading } from '../../support/restartable-redis.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('the log of outages', () => {
  let server: RedisServer
  let logger: RecordingLogger
  let outages: OutageLog
  const clients: Redis[] = []

  beforeEach(async () => {
    server = await startRedis()
    logger = recordingLogger()
    outages = new OutageLog({ redis: 'the server' }, () => logger)
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await server.stop()
  })

  async function open(name: string, address?: RedisAddress): Promise<Redis> {
    const here = address ?? { socketPath: server.socketPath, db: 0 }
    const client = connect(here, { name, role: 'commands', logger, outages, commandTimeoutMs: 300 })
    clients.push(client)
    await ready(client, 5_000)
    return client
  }

  const messages = (): string[] => logger.lines.map(({ message }) => message)
  const failure = (work: Promise<unknown>): Promise<string> => work.then(() => 'it did not fail', writeFailure)
  const isBack = () =>
    eventually(() => expect(messages()).to.deep.equal(['Redis is away; trying again', 'Redis is back']))

  it('has one line when the server goes and one when it is back, for all connections together', async () => {
    const [one, two] = [await open('one'), await open('two')]
    process.kill(server.pid, 'SIGSTOP')
    await Promise.all([failure(tryWrite(one)), failure(tryWrite(two))])
    await eventually(() => expect([one.status, two.status]).to.not.include('ready'))
    expect(messages()).to.deep.equal(['Redis is away; trying again'])
    process.kill(server.pid, 'SIGCONT')
    await isBack()
    expect([one.status, two.status]).to.deep.equal(['ready', 'ready'])
    expect(logger.lines[0]).to.deep.include({ level: 'warn' })
    expect(logger.lines[0]?.fields).to.include({ redis: 'the server' })
    expect(logger.lines[1]?.fields['downMs']).to.be.a('number')
  })

  it('tells of a read-only server once, however often it refuses, and when it writes again', async () => {
    const client = await open('one')
    const admin = await open('admin')
    await admin.replicaof('127.0.0.1', 1)
    let drops = 0
    client.on('close', () => (drops += 1))
    const began = performance.now()
    const told = new Set<string>()
    while (performance.now() - began < 1_200) {
      told.add(await failure(tryWrite(client)))
      await new Promise(setImmediate)
    }
    expect([...told].filter((text) => !text.startsWith('READONLY'))).to.deep.equal([])
    expect(drops, 'connections that were dropped to find another master').to.be.within(1, 2)
    expect(messages()).to.deep.equal(['Redis is away; trying again'])
    expect(logger.lines[0]?.fields['reason']).to.match(/^READONLY/)
    await admin.call('REPLICAOF', 'NO', 'ONE')
    await isBack()
  })

  it('tells of a server that is out of memory', async () => {
    const client = await open('one')
    await client.config('SET', 'maxmemory', '1')
    for (let time = 0; time < 3; time += 1) expect(await failure(tryWrite(client))).to.match(/^OOM/)
    expect(messages()).to.deep.equal(['Redis is away; trying again'])
    expect(logger.lines[0]?.fields['reason']).to.match(/^OOM/)
    await client.config('SET', 'maxmemory', '0')
    await isBack()
  })

  it('tells of a server that is killed, and loads its data when it starts again, as every command is told', async () => {
    const restartable = await RestartableRedis.start()
    try {
      const admin = restartable.client(0)
      const keys = Array.from({ length: 2_000 }, (_, index) => [`key:${index}`, 'value'])
      await admin.mset(keys.flat())
      await admin.bgrewriteaof()
      await eventually(async () => expect(await admin.info('persistence')).to.contain('aof_rewrite_in_progress:0'))
      const client = await open('one', { url: restartable.url })
      await restartable.kill()
      await eventually(async () => expect(await failure(tryWrite(client))).to.match(/^connect ECONNREFUSED/))
      restartable.launch(slowLoading(500))
      await eventually(async () => expect(await failure(tryWrite(client))).to.match(/^LOADING /))
      await isBack()
      await tryWrite(client)
      expect(logger.lines[0]?.fields['reason']).to.equal('closed by the server')
    } finally {
      await restartable.stop()
    }
  })

  it('does not tell of a connection that is closed on purpose', async () => {
    const [one, two] = [await open('one'), await open('two')]
    process.kill(server.pid, 'SIGSTOP')
    await Promise.all([failure(tryWrite(one)), failure(tryWrite(two))])
    await eventually(() => expect(messages()).to.deep.equal(['Redis is away; trying again']))
    // It is not waited for any more.
    await nextEvent(two, 'connect')
    two.disconnect()
    process.kill(server.pid, 'SIGCONT')
    await isBack()
    one.disconnect()
    await eventually(() => expect(one.status).to.equal('end'))
    expect(logger.lines).to.have.length(2)
  })
})
