import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { faultRounds, faultSeed, Random, tell } from '../../support/fault-run.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { BeatLab, expectSteady, tickIds } from './beat-lab.ts'

const interval = 100
const often = { often: { task: 'test.add', schedule: interval / 1_000 } }
const [away, back] = ['sending no periodic tasks', 'sending periodic tasks again']

describe('the scheduler while Redis does not answer', function () {
  const rounds = faultRounds(8)
  this.timeout(30_000 + rounds * 5_000)
  let server: RedisServer
  let lab: BeatLab

  before(async () => {
    server = await startRedis()
  })
  after(() => server?.stop())
  beforeEach(() => {
    lab = new BeatLab(server.socketPath)
  })
  afterEach(async () => {
    process.kill(server.pid, 'SIGCONT')
    await lab.close()
  })

  const count = async (): Promise<number> => (await lab.ticks()).length
  async function sentSince(before: number): Promise<void> {
    await eventually(async () => expect(await count()).to.be.greaterThan(before))
  }

  it('loses no tick and sends none twice, also where it does not know what became of a call', async () => {
    const seed = faultSeed()
    const random = new Random(seed)
    const options = { missed: 'all', maxMissed: 1_000, commandTimeout: 60 } as const
    const schedulers = [1, 2, 3].map(() => lab.started(often, options))
    await sentSince(0)
    for (let round = 0; round < rounds; round += 1) {
      await delay(random.between(0, 150))
      process.kill(server.pid, 'SIGSTOP')
      // Calls are given up meanwhile, and lie in the server's sockets with those behind them.
      await delay(random.between(0, 400))
      process.kill(server.pid, 'SIGCONT')
      await sentSince(await count())
    }
    await lab.stop()
    const ticks = await lab.ticks()
    tell(`seed ${seed}: ${ticks.length} ticks, ${rounds} times without an answer`)
    expectSteady(ticks, interval)
    const told = schedulers.flatMap(({ logger }) => tickIds(logger))
    expect(new Set(told).size, 'ticks that are logged twice').to.equal(told.length)
    expect(told.length, 'ticks that are logged').to.be.at.most(ticks.length)
  })

  /** How many commands the server has refused for its memory. */
  const refused = async (): Promise<number> =>
    Number(/^errorstat_OOM:count=(\d+)/m.exec(await lab.redis.info('errorstats'))?.[1] ?? 0)

  it('tells once that it is away, and once that it is back', async () => {
    const { logger } = lab.started(often, { missed: 'once', commandTimeout: 60 })
    await sentSince(0)
    process.kill(server.pid, 'SIGSTOP')
    await eventually(() => expect(logger.has(away)).to.equal(true))
    await delay(500)
    process.kill(server.pid, 'SIGCONT')
    await sentSince(await count())
    await eventually(() => expect(logger.has(back)).to.equal(true))
    const lines = logger.lines.map(({ message }) => message)
    expect(lines.filter((line) => line.includes(away)).length).to.equal(1)
    expect(lines.filter((line) => line.includes(back)).length).to.equal(1)
    expect(lines).to.include('missed ticks of a periodic task are not sent')
  })

  it('tells once that it is out of memory, and once that it takes messages again', async () => {
    const { logger } = lab.started(often, { missed: 'once' })
    await sentSince(0)
    await lab.redis.config('SET', 'maxmemory', '1')
    await eventually(() => expect(logger.has(away)).to.equal(true))
    // Several tries: each of them is refused, while the server answers everything else.
    const refusals = await refused()
    await eventually(async () => expect(await refused()).to.be.at.least(refusals + 3))
    await lab.redis.config('SET', 'maxmemory', '0')
    await sentSince(await count())
    await eventually(() => expect(logger.has(back)).to.equal(true))
    const lines = logger.lines.map(({ message }) => message).filter((line) => line.startsWith('the broker'))
    expect(lines.map((line) => line.replace(/.*: /, ''))).to.deep.equal([away, back])
  })

  it('stops within moments all the same', async () => {
    const { beat } = lab.started(often)
    await sentSince(0)
    process.kill(server.pid, 'SIGSTOP')
    await delay(150)
    await beat.stop()
  })
})
