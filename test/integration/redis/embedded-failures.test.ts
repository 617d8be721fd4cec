import { readdirSync } from 'node:fs'
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready } from '../../../src/redis/connection.ts'
import type { EmbeddedRedis } from '../../../src/redis/embedded.ts'
import { EmbeddedLab } from '../../support/embedded-lab.ts'
import { eventually } from '../../support/eventually.ts'
import { setupFailure } from '../../support/setup-failure.ts'

describe('an embedded Redis that fails', function () {
  this.timeout(30_000)
  let lab: EmbeddedLab
  const clients: Redis[] = []

  beforeEach(() => {
    lab = new EmbeddedLab()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await lab.close()
  })

  async function open(embedded: EmbeddedRedis): Promise<Redis> {
    const client = connect(embedded.address(0), { name: 'test', role: 'commands', logger: lab.logger })
    clients.push(client)
    await ready(client, 5000)
    return client
  }

  /** The file that new writes are appended to: its name and folder depend on the server's version. */
  function appendOnlyFile(): string {
    const names = readdirSync(lab.folder, { recursive: true, encoding: 'utf8' })
    const name = names.find((each) => each.endsWith('.incr.aof')) ?? names.find((each) => each.endsWith('.aof'))
    return join(lab.folder, name ?? 'none')
  }

  async function fill(embedded: EmbeddedRedis, keys: number): Promise<void> {
    const client = await open(embedded)
    const pipeline = client.pipeline()
    for (let i = 0; i < keys; i += 1) pipeline.set(`key:${i}`, i)
    await pipeline.exec()
  }

  /** Servers that were started here, by what they logged. */
  async function starts(): Promise<number> {
    return (await readFile(join(lab.folder, 'redis.log'), 'utf8')).split('Redis is starting').length - 1
  }

  it('says what is wrong with its data, and leaves it as it is', async () => {
    const embedded = await lab.start()
    await fill(embedded, 10)
    await embedded.release()
    const file = appendOnlyFile()
    await appendFile(file, 'garbage\r\n'.repeat(10))
    const content = await readFile(file)
    const message = await setupFailure('SERVER_ENDED', lab.start())
    expect(message).to.contain('the embedded Redis ended with code 1 while it started. Its last lines in ')
    expect(message).to.contain('Bad file format reading the append only file')
    expect(message).to.contain(`Nothing was changed. Make a copy of ${lab.folder} first`)
    expect(message).to.contain('redis-check-aof')
    expect(await readFile(file)).to.deep.equal(content)
    expect(lab.servers()).to.deep.equal([])
    // Not for the second time either.
    await setupFailure('SERVER_ENDED', lab.start())
    expect(await starts()).to.equal(3)
  })

  it('loses only what was not answered when a crash has cut its file off', async () => {
    const embedded = await lab.start()
    await fill(embedded, 10)
    await embedded.release()
    const file = appendOnlyFile()
    await truncate(file, (await readFile(file)).length - 5)
    const client = await open(await lab.start())
    expect(await client.dbsize()).to.equal(9)
  })

  it('is not started again and again, and comes back when the fault is gone', async () => {
    const embedded = await lab.start()
    await fill(embedded, 10)
    const file = appendOnlyFile()
    const content = await readFile(file)
    await appendFile(file, 'garbage\r\n'.repeat(10))
    const before = await starts()
    process.kill(embedded.pid, 'SIGKILL')
    const began = performance.now()
    await eventually(async () => expect(await starts()).to.equal(before + 4), { timeoutMs: 10_000 })
    // It paused in between: 0, 250, 500 and 1000 ms.
    expect(performance.now() - began).to.be.greaterThan(1500)
    const errors = lab.logger.lines.filter(({ level }) => level === 'error')
    expect(errors.map(({ message }) => message)).to.deep.equal(['embedded Redis could not be restarted; trying again'])
    expect(errors[0]?.fields['reason']).to.contain('Bad file format')
    await writeFile(file, content)
    const client = connect(embedded.address(0), { name: 'late', role: 'commands', logger: lab.logger })
    clients.push(client)
    await ready(client, 10_000)
    expect(await client.dbsize()).to.equal(10)
  })

  it('can be released while it can not be restarted', async () => {
    const embedded = await lab.start()
    await fill(embedded, 1)
    await appendFile(appendOnlyFile(), 'garbage\r\n'.repeat(10))
    process.kill(embedded.pid, 'SIGKILL')
    await eventually(() => expect(lab.logger.text()).to.contain('could not be restarted'))
    const began = performance.now()
    expect(await embedded.release()).to.deep.equal({ stopped: false, users: [] })
    expect(performance.now() - began).to.be.lessThan(2000)
  })

  it('says that there is no server program, or only an old one', async () => {
    const missing = await setupFailure('NO_SERVER', lab.start({ serverCommand: 'no-such-server' }))
    expect(missing).to.contain('no-such-server was not found').and.contain('REDIS_URL')
    const serverCommand = lab.program('echo "Redis server v=6.0.16 sha=00000000:0"')
    const old = await setupFailure('NO_SERVER', lab.start({ serverCommand }))
    expect(old).to.contain(`version 6.2 or newer: ${serverCommand} is version 6.0.16`)
    // The lock is free again.
    await lab.start()
  })

  it('says how a program ended that says nothing itself', async () => {
    const version = 'test "$1" = --version && echo "Redis server v=7.0.0 sha=0" && exit'
    const silent = await setupFailure('SERVER_ENDED', lab.start({ serverCommand: lab.program(`${version}; exit 7`) }))
    expect(silent).to.contain('ended with code 7 while it started. It logged nothing.')
    const killed = await setupFailure(
      'SERVER_ENDED',
      lab.start({ serverCommand: lab.program(`${version}; kill -9 $$`) }),
    )
    expect(killed).to.contain('ended by SIGKILL')
    const full = lab.program(`${version}; echo 'Error writing: No space left on device' >&2; exit 1`)
    expect(await setupFailure('SERVER_ENDED', lab.start({ serverCommand: full }))).to.contain('Make room')
    const stuck = lab.program(`${version}; exec sleep 60`)
    const message = await setupFailure('SERVER_STUCK', lab.start({ serverCommand: stuck, loadTimeoutMs: 300 }))
    expect(message).to.match(/\(process \d+\) runs, but nobody listens at its socket.*waited 300 ms/)
    // It is still there, so no other is started beside it.
    await setupFailure('SERVER_STUCK', lab.start({ loadTimeoutMs: 300 }))
    expect(lab.servers()).to.have.length(1)
  })

  it('waits while the data is loaded, and says how far it is', async () => {
    const first = await lab.start()
    await fill(first, 12_000)
    await first.release()
    const slow = 'test "$1" = --version && exec redis-server --version; exec redis-server "$@" --key-load-delay 200'
    const serverCommand = lab.program(slow)
    const message = await setupFailure('SERVER_STUCK', lab.start({ serverCommand, loadTimeoutMs: 1200 }))
    expect(message).to.match(/still loads its data \(\d+ %\); it goes on, so try again later; waited 1200 ms/)
    const [pid] = lab.servers()
    const embedded = await lab.start({ serverCommand })
    expect(embedded.pid).to.equal(pid)
    expect(lab.logger.lines.filter(({ message }) => message === 'embedded Redis loads its data')).to.not.be.empty
    expect(await (await open(embedded)).dbsize()).to.equal(12_000)
  })

  it('is ended and started anew when its socket has been removed', async () => {
    const first = await lab.start()
    await fill(first, 10)
    const { pid } = first
    await rm(join(lab.folder, 'redis.sock'))
    const second = await lab.start()
    expect(second.pid).to.not.equal(pid)
    expect(lab.servers()).to.deep.equal([second.pid])
    expect(await (await open(second)).dbsize()).to.equal(10)
    await eventually(() => expect(first.pid).to.equal(second.pid))
  })

  it('says that a folder can not be used', async () => {
    await mkdir(join(lab.root, 'data'))
    await writeFile(lab.folder, 'a file')
    expect(await setupFailure('BAD_FOLDER', lab.start())).to.contain(`can't use the folder ${lab.folder}: EEXIST`)
  })
})
