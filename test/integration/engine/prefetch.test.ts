import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('short tasks', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close())

  /** The most that were claimed at once while so many ran, two of them at the same time. */
  async function mostClaimed(count: number): Promise<number> {
    const calls = Array.from({ length: count }, () => engine.client.send('brief.returns', [1]))
    const results = await Promise.all(calls)
    let most = 0
    const open = new Set(results)
    const ended = Promise.all(results.map((result) => result.get({ timeout: 15 }).finally(() => open.delete(result))))
    while (open.size > 0) {
      most = Math.max(most, engine.worker.activity.running)
      await nextTurn()
    }
    await ended
    return most
  }

  async function start(maxPerSlot: number | null): Promise<void> {
    const tasks = ['test/fixtures/tasks/brief.ts']
    engine = await createEngine({ socketPath: server.socketPath, concurrency: 2, tasks, limits: { maxPerSlot } })
    await engine.worker.start()
  }

  it('are claimed ahead of those that run', async () => {
    await start(null)
    await eventually(async () => expect(await mostClaimed(200)).to.be.greaterThan(8), { timeoutMs: 15_000 })
  })

  for (const multiplier of [1, 4]) {
    it(`are claimed up to ${multiplier} for each that runs, where that was set`, async () => {
      await start(multiplier)
      for (let time = 0; time < 3; time += 1) expect(await mostClaimed(200)).to.be.within(1, 2 * multiplier)
    })
  }
})
