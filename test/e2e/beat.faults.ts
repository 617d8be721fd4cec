import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { faultRounds, faultSeed, Random, tell } from '../support/fault-run.ts'
import { FaultStage } from './fault-stage.ts'

const rounds = faultRounds(6)
/** In milliseconds; `all` makes up for a hundred of them at most, which no start takes. */
const interval = 400
const entry = { task: 'faults.nobodys', schedule: interval / 1_000, missed: 'all', options: { queue: 'ticks' } }
const env = { BEAT_SCHEDULE: JSON.stringify({ often: entry }) }

/** Whatever is killed, and when: each tick is on the queue once. Redis writes each step to disk before it answers. */
describe('periodic tasks, whatever is killed', function () {
  this.timeout(60_000 + rounds * 20_000)
  let stage: FaultStage

  beforeEach(async () => {
    stage = await FaultStage.open()
  })
  afterEach(() => stage?.close())

  async function ticks(redis: Redis): Promise<number[]> {
    const messages = await redis.lrange('ticks', 0, -1)
    return messages.toReversed().map((message) => {
      const { headers } = JSON.parse(message) as { headers: Record<string, string> }
      return Date.parse(headers['periodic_task_tick'] ?? '')
    })
  }

  async function sentMore(redis: Redis): Promise<void> {
    const before = await eventually(() => ticks(redis), { timeoutMs: 20_000 })
    await eventually(async () => expect((await ticks(redis)).length).to.be.greaterThan(before.length), {
      what: 'another tick',
      timeoutMs: 30_000,
    })
  }

  async function expectEachOnce(redis: Redis, title: string): Promise<void> {
    const sent = await ticks(redis)
    const gaps = sent.slice(1).map((tick, index) => tick - (sent[index] ?? 0))
    tell(`${title}: ${sent.length} ticks, ${gaps.filter((gap) => gap !== interval).length} out of order`)
    expect([...new Set(gaps)]).to.deep.equal([interval])
  }

  it('one of two `lovage beat`, or a worker with -B, again and again', async () => {
    const seed = faultSeed()
    const random = new Random(seed)
    const quiet = ['-l', 'WARNING']
    const schedulers = [
      stage.worker([...quiet, '-n', 'one'], { command: 'beat', env }),
      stage.worker([...quiet, '-n', 'two'], { command: 'beat', env }),
      stage.worker([...quiet, '-n', 'three', '-c', '1', '-B'], { env }),
    ]
    for (const scheduler of schedulers) scheduler.start()
    for (const scheduler of schedulers) await scheduler.ready()
    const redis = await stage.broker()
    for (let round = 0; round < rounds; round += 1) {
      const victim = schedulers[random.between(0, 2)]
      await victim?.ready()
      await delay(random.between(0, 500))
      victim?.check()
      await victim?.kill()
      victim?.start()
      await sentMore(redis)
    }
    for (const scheduler of schedulers) {
      await scheduler.ready()
      scheduler.check()
    }
    for (const scheduler of schedulers) await scheduler.kill()
    await expectEachOnce(redis, `kill -9 of a scheduler, ${rounds} times, seed ${seed}`)
  })

  it('the only one, and Redis, in any order', async () => {
    const seed = faultSeed()
    const random = new Random(seed)
    const scheduler = await stage.started(['-l', 'WARNING'], { command: 'beat', env })
    const redis = await stage.broker()
    await sentMore(redis)
    let killed: number | null = null
    for (let round = 0; round < rounds; round += 1) {
      await delay(random.between(0, 500))
      const victims = random.between(1, 3)
      if (victims !== 1) {
        killed = await stage.redisPid(killed)
        process.kill(killed, 'SIGKILL')
      }
      if (victims !== 2) {
        await scheduler.kill()
        scheduler.start()
      }
      await scheduler.ready()
      await sentMore(redis)
    }
    scheduler.check()
    await scheduler.kill()
    await expectEachOnce(redis, `kill -9 of scheduler and Redis, ${rounds} times, seed ${seed}`)
  })
})
