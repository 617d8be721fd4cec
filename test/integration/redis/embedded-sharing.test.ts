import { once } from 'node:events'
import { expect } from 'chai'
import { connect, ready } from '../../../src/redis/connection.ts'
import { EmbeddedLab, type ForkedLovage } from '../../support/embedded-lab.ts'
import { eventually } from '../../support/eventually.ts'

describe('an embedded Redis that processes share', function () {
  this.timeout(60_000)
  let lab: EmbeddedLab

  beforeEach(() => {
    lab = new EmbeddedLab()
  })

  afterEach(async () => {
    await lab.close()
  })

  async function forkMany(count: number): Promise<ForkedLovage[]> {
    return await Promise.all(Array.from({ length: count }, () => lab.fork()))
  }

  async function read(key: string): Promise<string | null> {
    const embedded = await lab.start()
    const client = connect(embedded.address(0), { name: 'test', role: 'commands', logger: lab.logger })
    try {
      await ready(client, 5000)
      return await client.get(key)
    } finally {
      client.disconnect()
      await embedded.release()
    }
  }

  it('is found by a second process, and stopped by the last', async () => {
    const embedded = await lab.start()
    const other = await lab.fork()
    expect(await lab.startIn(other)).to.equal(embedded.pid)
    expect((await embedded.status()).users).to.have.members([process.pid, other.child.pid])
    const result = await embedded.release()
    expect(result.stopped).to.equal(false)
    expect(result.users.map(({ pid }) => pid)).to.deep.equal([other.child.pid])
    expect(lab.servers()).to.deep.equal([embedded.pid])
    expect(await other.tell({ do: 'release' })).to.deep.equal({ stopped: true })
    expect(lab.servers()).to.deep.equal([])
  })

  it('counts each use of one process', async () => {
    const [one, two] = [await lab.start(), await lab.start()]
    expect(two.pid).to.equal(one.pid)
    expect((await one.release()).stopped).to.equal(false)
    expect((await two.release()).stopped).to.equal(true)
    expect(await two.release(), 'again').to.deep.equal({ stopped: true, users: [] })
  })

  it('is one server when ten processes start at the same instant', async () => {
    const many = await forkMany(10)
    const pids = await Promise.all(many.map((lovage) => lab.startIn(lovage)))
    expect(new Set(pids).size).to.equal(1)
    expect(lab.servers()).to.deep.equal([pids[0]])
    const stopped = await Promise.all(many.map((lovage) => lovage.tell({ do: 'release' })))
    expect(stopped.filter((answer) => JSON.stringify(answer) === '{"stopped":true}')).to.have.length(1)
    expect(lab.servers()).to.deep.equal([])
  })

  it('is restarted once when it is killed under ten processes', async () => {
    const many = await forkMany(10)
    const pids = await Promise.all(many.map((lovage) => lab.startIn(lovage)))
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await eventually(async () => {
      const now = await Promise.all(many.map((lovage) => lovage.tell({ do: 'pid' })))
      expect(now).to.deep.equal(lab.servers().flatMap((pid) => many.map(() => ({ pid }))))
      expect(now[0]).to.not.deep.equal({ pid: pids[0] })
    })
    expect(lab.servers()).to.have.length(1)
  })

  it('runs on when the process is killed, and the next one finds it', async () => {
    const lovage = await lab.fork()
    const pid = await lab.startIn(lovage)
    await lovage.tell({ do: 'set', key: 'key', value: 'kept' })
    lovage.child.kill('SIGKILL')
    await once(lovage.child, 'exit')
    expect(lab.servers()).to.deep.equal([pid])
    const embedded = await lab.start()
    expect(embedded.pid).to.equal(pid)
    // The dead one does not count as a user.
    expect(await embedded.release()).to.deep.equal({ stopped: true, users: [] })
    expect(await read('key')).to.equal('kept')
  })

  it('runs on when Ctrl-C or a closed terminal ends the process group', async () => {
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      const lovage = await lab.fork({ detached: true })
      const pid = await lab.startIn(lovage)
      process.kill(-(lovage.child.pid ?? 0), signal)
      const [, endedBy] = (await once(lovage.child, 'exit')) as [unknown, string]
      expect(endedBy).to.equal(signal)
      expect(lab.servers()).to.deep.equal([pid])
    }
  })

  it('is started again by those who use it when one stops it', async () => {
    const embedded = await lab.start()
    const { pid } = embedded
    const other = await lab.fork()
    await lab.startIn(other)
    expect(await other.tell({ do: 'stop' })).to.deep.equal({ stopped: true })
    await eventually(() => expect(embedded.pid).to.not.equal(pid))
    expect(lab.servers()).to.deep.equal([embedded.pid])
  })

  it('is there for whoever starts while the last one stops it', async () => {
    const others = await forkMany(2)
    for (let round = 0; round < 10; round += 1) {
      const embedded = await lab.start()
      const started = Promise.all(others.map((lovage) => lab.startIn(lovage)))
      await Promise.all([embedded.release(), started])
      await Promise.all(others.map((lovage) => lovage.tell({ do: 'set', key: 'round', value: String(round) })))
      expect(new Set(await started).size).to.equal(1)
      await Promise.all(others.map((lovage) => lovage.tell({ do: 'release' })))
      expect(lab.servers()).to.deep.equal([])
    }
    expect(await read('round')).to.equal('9')
  })

  it('is never two servers, whenever the process that starts it is killed', async () => {
    const second = await lab.fork()
    for (let round = 0; round < 10; round += 1) {
      const first = await lab.fork()
      first.tell({ do: 'start', folder: lab.folder, appendfsync: 'always' }).catch(() => undefined)
      const starts = lab.startIn(second)
      let most = 0
      const killAt = performance.now() + round * 5
      let killed = false
      await Promise.race([
        starts,
        eventually(() => {
          most = Math.max(most, lab.servers().length)
          if (!killed && performance.now() > killAt) killed = first.child.kill('SIGKILL')
          throw new Error('goes on')
        }).catch(() => undefined),
      ])
      expect(most).to.be.lessThan(2)
      expect(lab.servers()).to.deep.equal([await starts])
      first.child.kill('SIGKILL')
      await second.tell({ do: 'stop' })
    }
  })
})
