import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready } from '../../../src/redis/connection.ts'
import type { EmbeddedRedis } from '../../../src/redis/embedded.ts'
import { EmbeddedLab } from '../../support/embedded-lab.ts'
import { eventually } from '../../support/eventually.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('an embedded Redis', () => {
  let lab: EmbeddedLab
  const clients: Redis[] = []

  beforeEach(() => {
    lab = new EmbeddedLab()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await lab.close()
  })

  async function open(embedded: EmbeddedRedis, db = 0): Promise<Redis> {
    const client = connect(embedded.address(db), { name: 'test', role: 'commands', logger: lab.logger })
    clients.push(client)
    await ready(client, 5000)
    return client
  }

  async function mode(path: string): Promise<number> {
    return (await stat(path)).mode & 0o777
  }

  it('answers over its socket, and only there', async () => {
    const embedded = await lab.start()
    const client = await open(embedded, 10)
    expect(await client.set('key', 'value')).to.equal('OK')
    expect(embedded.address(10)).to.deep.equal({ socketPath: join(lab.folder, 'redis.sock'), db: 10 })
    expect(await client.config('GET', 'port')).to.deep.equal(['port', '0'])
    expect(lab.servers()).to.deep.equal([embedded.pid])
    expect(await mode(lab.folder)).to.equal(0o700)
    expect(await mode(join(lab.folder, 'redis.sock'))).to.equal(0o700)
    expect(await mode(join(lab.folder, 'redis.log'))).to.equal(0o600)
    expect(await mode(join(lab.folder, 'redis.pid'))).to.equal(0o600)
    expect(await readFile(join(lab.folder, 'redis.pid'), 'utf8')).to.match(new RegExp(`^${embedded.pid} `))
    for (const db of [-1, 16, 0.5]) expect(() => embedded.address(db)).to.throw(`databases 0 to 15, got ${db}`)
  })

  it('keeps its promises: written before it answers, nothing evicted', async () => {
    const client = await open(await lab.start())
    const settings = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy', 'save', 'databases']
    const values: string[] = []
    for (const name of settings) values.push((await client.config('GET', name))[1] ?? '')
    expect(values).to.deep.equal(['yes', 'always', 'no', 'noeviction', '', '16'])
  })

  it('does not tell the server our environment', async () => {
    process.env['LOVAGE_TEST_SECRET'] = 'hunter2'
    try {
      const embedded = await lab.start()
      expect(await readFile(`/proc/${embedded.pid}/environ`, 'latin1')).to.not.contain('hunter2')
    } finally {
      delete process.env['LOVAGE_TEST_SECRET']
    }
  })

  it('keeps its data when it is stopped, and when it is killed', async () => {
    const first = await lab.start()
    await (await open(first)).set('stopped', 'kept')
    expect(await first.release()).to.deep.equal({ stopped: true, users: [] })
    expect(lab.servers()).to.deep.equal([])
    const second = await lab.start()
    const client = await open(second)
    await client.set('killed', 'kept')
    process.kill(second.pid, 'SIGKILL')
    await eventually(async () => {
      expect(await client.mget('stopped', 'killed')).to.deep.equal(['kept', 'kept'])
    })
  })

  it('is restarted within 5 s when it is killed, with a word to those who asked', async () => {
    const embedded = await lab.start()
    const client = await open(embedded)
    const told: number[] = []
    const gone: number[] = []
    embedded.onRestart(({ pid }) => told.push(pid))
    embedded.onRestart(() => {
      throw new Error('a bad listener')
    })
    embedded.onRestart(({ pid }) => gone.push(pid))()
    for (let round = 1; round <= 3; round += 1) {
      await client.incr('rounds')
      const { pid } = embedded
      const began = performance.now()
      process.kill(pid, 'SIGKILL')
      await eventually(async () => expect(await client.get('rounds')).to.equal(String(round)), { timeoutMs: 5000 })
      expect(performance.now() - began).to.be.lessThan(5000)
      await eventually(() => expect(told).to.have.length(round))
      expect(told.at(-1)).to.equal(embedded.pid).and.not.equal(pid)
      expect(lab.servers()).to.deep.equal([embedded.pid])
    }
    expect(gone).to.deep.equal([])
    expect(lab.logger.text()).to.contain('a bad listener')
  })

  it('is left alone when only the connection was lost', async () => {
    const embedded = await lab.start()
    const { pid } = embedded
    const told: number[] = []
    embedded.onRestart((server) => told.push(server.pid))
    const client = await open(embedded)
    const [, id] = /^id=(\d+) .* name=lovage-user:/m.exec(String(await client.client('LIST'))) ?? []
    await client.client('KILL', 'ID', id ?? '')
    await eventually(async () => expect(await client.client('LIST')).to.match(/ name=lovage-user:/))
    await eventually(async () => expect((await embedded.status()).users).to.deep.equal([process.pid]))
    expect(embedded.pid).to.equal(pid)
    expect(told).to.deep.equal([])
    expect((await embedded.release()).stopped).to.equal(true)
  })

  it('starts beside what an earlier one left: its socket, its record, a lock, other files', async () => {
    await mkdir(lab.folder, { recursive: true, mode: 0o755 })
    await writeFile(join(lab.folder, 'redis.sock'), 'not even a socket')
    await writeFile(join(lab.folder, 'redis.pid'), '999999 5 -\n/somewhere/redis.sock\n')
    await mkdir(join(lab.folder, 'lock'))
    await writeFile(join(lab.folder, 'lock', '4'), '999999 5 -')
    const embedded = await lab.start()
    expect(await (await open(embedded)).ping()).to.equal('PONG')
    process.kill(embedded.pid, 'SIGKILL')
    await eventually(() => expect(lab.servers()).to.have.length(1).and.not.include(embedded.pid))
  })

  it('does not take a record for its own that another process fits, or a copied one', async () => {
    await mkdir(lab.folder, { recursive: true })
    const other = await lab.start({ folder: join(lab.root, 'original') })
    await writeFile(join(lab.folder, 'redis.pid'), await readFile(join(lab.root, 'original', 'redis.pid')))
    const embedded = await lab.start()
    expect(lab.servers()).to.have.members([other.pid, embedded.pid])
    await embedded.release()
    expect(lab.servers()).to.deep.equal([other.pid])
  })

  it('raises a weaker appendfsync, and keeps a stronger one', async () => {
    const weak = await lab.start({ appendfsync: 'no' })
    expect((await weak.status()).aof.appendfsync).to.equal('no')
    await lab.start({ appendfsync: 'always' })
    expect((await weak.status()).aof.appendfsync).to.equal('always')
    await lab.start({ appendfsync: 'everysec' })
    expect((await weak.status()).aof.appendfsync).to.equal('always')
    expect(lab.logger.text()).to.contain('appendfsync differs; the stronger holds')
    await setupFailure('BAD_OPTION', lab.start({ appendfsync: 'sometimes' as 'no' }))
    await setupFailure('BAD_OPTION', lab.start({ loadTimeoutMs: 0 }))
  })

  it('tells how it is', async () => {
    const embedded = await lab.start()
    const client = await open(embedded)
    await client.set('key', 'x'.repeat(1000))
    const status = await embedded.status()
    expect(status).to.deep.include({
      running: true,
      loading: false,
      pid: embedded.pid,
      socketPath: join(lab.folder, 'redis.sock'),
      users: [process.pid],
      clients: 3,
    })
    expect(status.version).to.match(/^\d+\.\d+\.\d+$/)
    expect(status.memoryBytes).to.be.greaterThan(100_000)
    expect(status.uptimeSeconds).to.be.within(0, 60)
    expect(status.aof).to.include({ appendfsync: 'always', lastWriteOk: true, lastRewriteOk: true, rewriting: false })
    expect(status.aof.sizeBytes).to.be.greaterThan(1000)
  })

  it('has its socket elsewhere when the path is too long', async () => {
    await lab.close()
    lab = new EmbeddedLab(`${'long'.repeat(30)}/redis`)
    const embedded = await lab.start()
    const address = embedded.address(0)
    if (!('socketPath' in address)) throw new Error('no socket')
    const place = dirname(address.socketPath)
    expect(dirname(place)).to.equal(tmpdir())
    expect(await mode(place)).to.equal(0o700)
    const client = await open(embedded)
    await client.set('key', 'value')
    process.kill(embedded.pid, 'SIGKILL')
    await eventually(async () => expect(await client.get('key')).to.equal('value'))
    // A process with another temporary folder finds the same one.
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = lab.root
    try {
      const other = await lab.start()
      expect(other.address(0)).to.deep.equal(address)
      await other.release()
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
    expect(lab.servers()).to.have.length(1)
    await embedded.stop()
    expect(existsSync(place), 'its folder is removed').to.equal(false)
  })

  it('does not start a second one while a server accepts and is silent', async () => {
    await mkdir(lab.folder, { recursive: true })
    const silent = createServer(() => undefined)
    await once(silent.listen(join(lab.folder, 'redis.sock')), 'listening')
    try {
      const message = await setupFailure('SERVER_STUCK', lab.start({ loadTimeoutMs: 500 }))
      expect(message).to.contain(`the embedded Redis in ${lab.folder} accepts, but does not answer: Command timed out`)
      expect(lab.servers()).to.deep.equal([])
    } finally {
      silent.close()
    }
  })
})
