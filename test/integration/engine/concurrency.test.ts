import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

/** Counts what runs at once from outside: each task enters a gate in shared memory. */
describe('concurrency', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close())

  for (const [pool, concurrency] of [
    ['threads', 1],
    ['threads', 3],
    ['threads', 7],
    ['async', 5],
    ['async', 50],
    ['solo', 1],
  ] as const) {
    it(`-P ${pool} -c ${concurrency}: exactly ${concurrency} run at once while there is enough to do`, async () => {
      // Each task enters, waits until the test lets all go, and leaves: the gate sees how many are in at once.
      const gate = new Int32Array(new SharedArrayBuffer(12))
      engine = await createEngine({
        socketPath: server.socketPath,
        pool,
        concurrency,
        tasks: ['test/fixtures/tasks/gate.ts'],
        settings: { gate },
      })
      await engine.worker.start()
      const count = concurrency * 3
      const sent = await Promise.all(Array.from({ length: count }, () => engine.client.send('gate.pass', [])))
      await eventually(() => expect(Atomics.load(gate, 0)).to.equal(concurrency), { what: 'all slots in use' })
      expect(engine.worker.activity.running).to.equal(concurrency)
      expect(await engine.claims()).to.equal(concurrency)
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(count - concurrency)
      Atomics.store(gate, 2, 1)
      for (const { id } of sent) {
        await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }))
      }
      expect(Atomics.load(gate, 1), 'most at once').to.equal(concurrency)
    })
  }
})
