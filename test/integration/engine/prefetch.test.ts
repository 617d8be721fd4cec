import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

/** How long the first one runs, and how long of that is looked, in milliseconds. */
const [runMs, lookMs] = [800, 400]

describe('short tasks, while the first of them runs longer than all before,', function () {
  this.timeout(60_000)
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close())

  async function start(maxPerSlot: number | null): Promise<void> {
    const tasks = ['test/fixtures/tasks/brief.ts']
    engine = await createEngine({ socketPath: server.socketPath, concurrency: 1, tasks, limits: { maxPerSlot } })
    await engine.worker.start()
  }

  async function sendAll(...milliseconds: number[]): Promise<{ ended: Promise<unknown>; first: string }> {
    const calls = milliseconds.map((each) => engine.client.send('brief.says', [each]))
    const results = await Promise.all(calls)
    const ended = Promise.all(results.map((result) => result.get({ timeout: 20 }))).catch(async (error: unknown) => {
      // Where it is: on its list, claimed, or ended without a result.
      const [listed, claimed] = await Promise.all([engine.redis.llen(engine.keys.list('celery')), engine.claims()])
      const where = JSON.stringify({ listed, claimed, ...engine.worker.activity })
      throw new Error(`${String(error)}: ${where}`, { cause: error })
    })
    return { ended, first: results[0]?.id ?? '' }
  }

  /** The most that are claimed before the first of them has ended. */
  async function mostClaimed(): Promise<number> {
    await (
      await sendAll(...Array.from({ length: 200 }, () => 0))
    ).ended
    await eventually(() => expect(engine.worker.activity.running).to.equal(0))
    const started = sendAll(runMs, ...Array.from({ length: 100 }, () => 0))
    // Nothing can end before that.
    const until = performance.now() + lookMs
    let most = 0
    for (;;) {
      const { running } = engine.worker.activity
      if (performance.now() >= until) break
      most = Math.max(most, running)
      await nextTurn()
    }
    await (
      await started
    ).ended
    return most
  }

  it('are claimed far ahead', async () => {
    await start(null)
    await eventually(async () => expect(await mostClaimed()).to.be.greaterThan(8), { timeoutMs: 30_000 })
  })

  for (const multiplier of [1, 4]) {
    it(`are claimed up to ${multiplier} where that was set`, async () => {
      await start(multiplier)
      for (let time = 0; time < 3; time += 1) expect(await mostClaimed()).to.be.at.most(multiplier)
    })
  }
})
