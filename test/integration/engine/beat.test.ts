import { expect } from 'chai'
import { maxAheadMs } from '../../../src/engine/beat/tick-plan.ts'
import { createEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { BeatLab, expectSteady, tickIds } from './beat-lab.ts'

const often = { often: { task: 'test.add', args: [1, 2], schedule: 0.2 } }
const hourly = { hourly: { task: 'test.add', schedule: 3_600 } }
const hour = 3_600_000

describe('the scheduler', function () {
  this.timeout(30_000)
  let server: RedisServer
  let lab: BeatLab

  before(async () => {
    server = await startRedis()
  })
  after(() => server?.stop())
  beforeEach(() => {
    lab = new BeatLab(server.socketPath)
  })
  afterEach(() => lab.close())

  async function sentAtLeast(count: number, queue?: string): Promise<number[]> {
    return eventually(async () => {
      const ticks = await lab.ticks(queue)
      expect(ticks.length).to.be.at.least(count)
      return ticks
    })
  }

  it('sends an entry for the first time when its interval has passed since its first start', async () => {
    const before = await lab.now()
    const { logger } = lab.started(often)
    const [first = 0] = await sentAtLeast(1)
    expect(first).to.be.at.least(before + 200)
    await eventually(() => expect(logger.has('Scheduler: Sending due task often (test.add)')).to.equal(true))
    expect(await lab.redis.pttl(lab.keys.beat('often'))).to.be.greaterThan(89 * 86_400_000)
  })

  it('sends each tick once, however many of it there are', async () => {
    const schedulers = Array.from({ length: 3 }, () => lab.started(often, { missed: 'all' }))
    await sentAtLeast(8)
    await lab.stop()
    const ticks = await lab.ticks()
    expectSteady(ticks, 200)
    expect(Number((await lab.state('often'))['sent'])).to.equal(ticks.length)
    const told = schedulers.flatMap(({ logger }) => logger.lines.filter(({ level }) => level === 'info'))
    expect(told.length).to.equal(ticks.length)
  })

  it('goes on in another one when one is gone, and in the same pace after a while without any', async () => {
    const one = lab.started(often, { missed: 'all' })
    const other = lab.started(often, { missed: 'all' })
    await sentAtLeast(2)
    await one.beat.stop()
    const count = (await lab.ticks()).length
    await sentAtLeast(count + 2)
    await other.beat.stop()
    const stopped = (await lab.ticks()).length
    const next = (await lab.ticks()).at(-1) ?? 0
    await eventually(async () => expect(await lab.now()).to.be.greaterThan(next + 500))
    expect((await lab.ticks()).length).to.equal(stopped)
    lab.started(often, { missed: 'all' })
    await sentAtLeast(stopped + 3)
    expectSteady(await lab.ticks(), 200)
  })

  describe('after a time without one', () => {
    async function awayFor(hours: number, settings: Parameters<BeatLab['scheduler']>[1]): Promise<number> {
      const { beat } = lab.started(hourly)
      const last = await eventually(async () => {
        const state = await lab.state('hourly')
        expect(state).to.include.keys('last')
        return Number(state['last'])
      })
      await beat.stop()
      const then = last - hours * hour - hour / 2
      await lab.setLast('hourly', then)
      const { logger } = lab.started(hourly, settings)
      await eventually(async () => expect(Number((await lab.state('hourly'))['last'])).to.equal(then + hours * hour))
      const missed = Number((await lab.state('hourly'))['missed'] ?? 0)
      if (missed > 0) {
        await eventually(() => expect(logger.has('missed ticks of a periodic task are not sent')).to.equal(true))
      }
      return then
    }

    it('sends none of what was missed, with skip', async () => {
      await awayFor(5, { missed: 'skip' })
      expect(await lab.ticks()).to.deep.equal([])
      expect(await lab.state('hourly')).to.include({ missed: '5' })
    })

    it('sends one for all, with once', async () => {
      const then = await awayFor(5, { missed: 'once' })
      expect(await lab.ticks()).to.deep.equal([then + 5 * hour])
      expect(await lab.state('hourly')).to.include({ missed: '4', sent: '1' })
    })

    it('sends each, the newest of more than its bound, with all', async () => {
      const then = await awayFor(5, { missed: 'all', maxMissed: 3 })
      expect(await lab.ticks()).to.deep.equal([3, 4, 5].map((number) => then + number * hour))
      expect(await lab.state('hourly')).to.include({ missed: '2', sent: '3' })
    })

    it('sends one that is late by less than what counts as missed, with skip', async () => {
      const then = await awayFor(1, { missed: 'skip', lateMs: hour })
      expect(await lab.ticks()).to.deep.equal([then + hour])
    })
  })

  it('begins afresh with a schedule that has changed', async () => {
    const { beat } = lab.started(hourly)
    await eventually(async () => expect(await lab.state('hourly')).to.include.keys('last'))
    await beat.stop()
    await lab.setLast('hourly', 0)
    const before = await lab.now()
    lab.started({ hourly: { ...hourly.hourly, schedule: 7_200 } }, { missed: 'all' })
    await eventually(async () => expect(Number((await lab.state('hourly'))['last'])).to.be.at.least(before))
    expect(await lab.ticks()).to.deep.equal([])
  })

  it('leaves an entry to one that was started later with another schedule', async () => {
    const older = lab.started(hourly)
    await eventually(async () => expect(await lab.state('hourly')).to.include.keys('last'))
    const started = await lab.now()
    await eventually(async () => expect(await lab.now()).to.be.greaterThan(started))
    lab.started({ hourly: { ...hourly.hourly, schedule: 0.2 } })
    await sentAtLeast(3)
    await eventually(() => expect(older.logger.has('has another schedule for this periodic task')).to.equal(true))
    expect(await lab.state('hourly')).to.include({ schedule: 'every 200' })
  })

  it('takes an entry up again when nobody has looked at it with the other schedule for long', async () => {
    lab.started({ hourly: { ...hourly.hourly, schedule: 60 } })
    await eventually(async () => expect(await lab.state('hourly')).to.include.keys('seen'))
    const now = await lab.now()
    const key = lab.keys.beat('hourly')
    await lab.redis.hset(key, { schedule: 'every 5', since: now + 60_000, seen: now - 181_000, last: 0 })
    await eventually(async () => expect(await lab.state('hourly')).to.include({ schedule: 'every 60000' }))
    expect(await lab.ticks()).to.deep.equal([])
  })

  describe('where the clock is set back', () => {
    async function lastAhead(ahead: number): Promise<number> {
      const { beat } = lab.started(hourly)
      await eventually(async () => expect(await lab.state('hourly')).to.include.keys('last'))
      await beat.stop()
      const last = (await lab.now()) + ahead
      await lab.setLast('hourly', last)
      return last
    }

    it('waits for as long as that, and sends no tick twice', async () => {
      const last = await lastAhead(500)
      await lab.redis.hset(lab.keys.beat('hourly'), 'schedule', 'every 200')
      lab.started({ hourly: { ...hourly.hourly, schedule: 0.2 } })
      const ticks = await sentAtLeast(2)
      expect(ticks.slice(0, 2)).to.deep.equal([last + 200, last + 400])
    })

    it('begins afresh where it was set far', async () => {
      await lastAhead(maxAheadMs + 60_000)
      const { logger } = lab.started(hourly)
      await eventually(async () => expect(Number((await lab.state('hourly'))['last'])).to.be.at.most(await lab.now()))
      await eventually(() => expect(logger.has('clock was set back')).to.equal(true))
      expect(await lab.ticks()).to.deep.equal([])
    })
  })

  it('goes on from what it knows where the server has lost it', async () => {
    lab.started(often, { missed: 'all' })
    await sentAtLeast(2)
    await lab.redis.del(lab.keys.beat('often'))
    await sentAtLeast(5)
    expectSteady(await lab.ticks(), 200)
  })

  it('sends what a full queue did not take when it has room again, and tells it once', async () => {
    await lab.redis.rpush(lab.keys.list('celery'), 'a', 'b')
    const { logger } = lab.started(often, { maxQueueLength: 2 })
    await eventually(() => expect(logger.has('a due task has to wait: queue celery has 2 messages')).to.equal(true))
    await lab.redis.del(lab.keys.list('celery'))
    await sentAtLeast(2)
    expect(logger.lines.filter(({ message }) => message.includes('has to wait')).length).to.be.at.most(2)
  })

  it('is not held up by an entry whose queue is none', async () => {
    await lab.redis.set(lab.keys.list('odd'), 'no list')
    const { logger } = lab.started({ ...often, odd: { ...often.often, options: { queue: 'odd' } } })
    await sentAtLeast(3)
    const refusals = logger.lines.filter(({ message }) => message === 'the broker refused')
    expect(refusals.map(({ fields }) => fields)).to.have.nested.property('[0].what', 'sending due task odd')
    expect(refusals.length).to.equal(1)
  })

  it('stops at once, and can be started again', async () => {
    const { beat } = lab.started(hourly)
    await beat.stop()
    beat.start()
    await eventually(async () => expect(await lab.state('hourly')).to.include.keys('last'))
    await beat.stop()
  })

  it('warns of a task that this process does not know, and sends it all the same', async () => {
    const { logger } = lab.started(often)
    expect(logger.has('a periodic task is not known to this process')).to.equal(true)
    await sentAtLeast(1)
  })

  it('sends to the worker of its own process', async () => {
    const beat = { schedule: often, timezone: 'UTC', missed: 'once', lateMs: 60_000, maxMissed: 10 } as const
    const engine = await createEngine({ socketPath: server.socketPath, beat, events: { sent: true } })
    try {
      await engine.worker.start()
      engine.beat?.start()
      const id = await eventually(() => tickIds(engine.logger)[0] ?? expect.fail('none was sent'))
      expect(await engine.client.asyncResult(id).get({ timeout: 10 })).to.equal(3)
      await engine.beat?.stop()
    } finally {
      await engine.close()
    }
  })
})
