import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready } from '../../../src/redis/connection.ts'
import { eventually } from '../../support/eventually.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { setupFailure } from '../../support/setup-failure.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe('a connection by way of Sentinel', () => {
  let folder: string
  let sentinel: ChildProcess
  const servers: RedisServer[] = []
  const clients: Redis[] = []
  const logger = recordingLogger()
  let sentinelPort: number
  let deadPort: number

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lovage-sentinel-'))
    deadPort = await freePort()
    const ports = [await freePort(), await freePort()]
    for (const port of ports) servers.push(await startRedis({ args: ['--port', String(port), '--bind', '127.0.0.1'] }))
    const replica = connect(
      { socketPath: servers[1]?.socketPath ?? '', db: 0 },
      { name: 'admin', role: 'commands', logger },
    )
    clients.push(replica)
    await ready(replica, 1000)
    await replica.replicaof('127.0.0.1', ports[0] ?? 0)
    await eventually(async () => expect(await replica.info('replication')).to.contain('master_link_status:up'))
    sentinelPort = await freePort()
    const file = join(folder, 'sentinel.conf')
    const settings = [
      `port ${sentinelPort}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${ports[0]} 1`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 5000',
    ]
    await writeFile(file, settings.join('\n'))
    sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
    const client = connect({ url: `redis://127.0.0.1:${sentinelPort}` }, { name: 'admin', role: 'commands', logger })
    clients.push(client)
    await ready(client, 5000)
    await eventually(async () => expect(await client.call('SENTINEL', 'REPLICAS', 'main')).to.have.length(1), {
      timeoutMs: 15_000,
    })
  })

  after(async () => {
    for (const client of clients) client.disconnect()
    sentinel.kill('SIGKILL')
    for (const server of servers) await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('finds the master and its database, past a sentinel that is dead', async () => {
    const url = `redis+sentinel://127.0.0.1:${deadPort},127.0.0.1:${sentinelPort}/main/3`
    const client = connect({ url }, { name: 'test', role: 'commands', logger })
    clients.push(client)
    await ready(client, 5000)
    expect(await client.client('INFO')).to.contain(' db=3 ')
    expect(await client.info('replication')).to.contain('role:master')
  })

  it('says that no sentinel knows the service', async () => {
    const client = connect(
      { url: `redis+sentinel://127.0.0.1:${deadPort}/main` },
      { name: 'test', role: 'commands', logger },
    )
    clients.push(client)
    const message = await setupFailure('NOT_READY', ready(client, 300))
    expect(message).to.contain(
      `Redis at main at the sentinels 127.0.0.1:${deadPort} was not ready within 300 ms: All sentinels`,
    )
  })

  it('follows when another server becomes the master', async () => {
    const client = connect(
      { url: `redis+sentinel://127.0.0.1:${sentinelPort}/main` },
      { name: 'test', role: 'commands', logger },
    )
    clients.push(client)
    await ready(client, 5000)
    await client.set('before', 'the failover')
    await client.wait(1, 1000)
    process.kill(servers[0]?.pid ?? 0, 'SIGKILL')
    await eventually(
      async () => {
        expect(await client.set('after', 'the failover')).to.equal('OK')
        expect(await client.get('before')).to.equal('the failover')
      },
      { timeoutMs: 25_000, what: 'the failover' },
    )
  }).timeout(30_000)
})
