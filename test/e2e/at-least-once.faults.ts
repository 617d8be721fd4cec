import { setTimeout as delay } from 'node:timers/promises'
import { faultRounds, faultSeed } from '../support/fault-run.ts'
import { KillHarness } from '../support/kill-harness.ts'
import { FaultStage } from './fault-stage.ts'

const seed = faultSeed()
const rounds = faultRounds(7)

/**
 * After `delay()` has resolved, the task runs, whatever is killed. Redis keeps its append-only file with `appendfsync
 * always`, the embedded one's default. LOVAGE_FAULT_SEED repeats the choices of a run, LOVAGE_FAULT_ROUNDS says how many kills.
 */
describe('at least once, whatever is killed', function () {
  this.timeout(60_000 + rounds * 20_000)
  let stage: FaultStage

  beforeEach(async () => {
    stage = await FaultStage.open()
  })
  afterEach(() => stage?.close())

  const quiet = ['-l', 'WARNING']

  it('the process, again and again, also while it starts', async () => {
    const worker = stage.worker(['-c', '3', ...quiet])
    const harness = new KillHarness({ stage, seed, workers: [{ worker, slots: 3 }], exits: true })
    await harness.open()
    for (let round = 0; round < rounds; round += 1) {
      // Every third one may be killed before it is ready.
      if (round % 3 < 2) await worker.ready()
      await delay(harness.random.between(0, round % 3 < 2 ? 800 : 1_200))
      await harness.killWorker()
    }
    await harness.finish('kill -9 of the process')
  })

  it('Redis, again and again, also while it loads: and nothing runs twice', async () => {
    const worker = stage.worker(['-c', '3', ...quiet])
    const harness = new KillHarness({ stage, seed, workers: [{ worker, slots: 3 }], exits: true })
    await harness.open()
    let killed: number | null = null
    for (let round = 0; round < rounds; round += 1) {
      const pid = await stage.redisPid(killed)
      // Every third one may be killed before it has loaded its data.
      if (round % 3 < 2) await harness.untilAcknowledged()
      await delay(harness.random.between(0, 700))
      killed = await harness.killRedis(killed)
      if (killed !== pid) throw new Error('the server was another one')
    }
    // No worker was killed: not one run may be repeated.
    await harness.finish('kill -9 of Redis')
  })

  it('both, in any order', async () => {
    const worker = stage.worker(['-c', '3', ...quiet])
    const harness = new KillHarness({ stage, seed, workers: [{ worker, slots: 3 }], exits: true })
    await harness.open()
    let killed: number | null = null
    for (let round = 0; round < rounds; round += 1) {
      // Every third one may be killed while it starts.
      if (round % 3 < 2) await harness.untilAcknowledged()
      await delay(harness.random.between(0, 700))
      const victims = harness.random.between(1, 3)
      if (victims !== 1) killed = await harness.killRedis(killed)
      if (victims !== 2) await harness.killWorker()
    }
    await harness.finish('kill -9 of both')
  })

  it('one of two workers on one Redis, with many tasks on a thread', async () => {
    const workers = ['one', 'two'].map((name) => ({
      worker: stage.worker(['-n', name, '-P', 'async', '-c', '6', ...quiet], { env: { LEASE_MS: '3000' } }),
      slots: 6,
    }))
    const harness = new KillHarness({ stage, seed, workers, exits: false })
    await harness.open()
    for (let round = 0; round < rounds; round += 1) {
      const index = harness.random.between(0, 1)
      await workers[index]?.worker.ready()
      await delay(harness.random.between(0, 700))
      await harness.killWorker(index)
    }
    await harness.finish('kill -9 of one of two workers')
  })
})
