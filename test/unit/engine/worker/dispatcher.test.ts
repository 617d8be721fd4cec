import { expect } from 'chai'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { claimOf, dispatcherOf, mebibyte } from './dispatcher-of.ts'

describe('the dispatcher', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  it('claims as many messages as there is room for, and starts each', async () => {
    const { dispatcher, runs, executed, give, stop } = dispatcherOf({ slots: 3 })
    dispatcher.start()
    expect(await give(claimOf(1), claimOf(2))).to.deep.equal([3, 4 * mebibyte])
    expect([(await runs.next()).args[0].id, (await runs.next()).args[0].id]).to.deep.equal([1, 2])
    expect([dispatcher.running, dispatcher.full]).to.deep.equal([2, false])
    expect(executed, 'they may go to the threads together').to.deep.equal([2])
    expect(await give()).to.deep.equal([1, 4 * mebibyte])
    await stop()
  })

  it('claims no more while there is no room, and goes on when one has ended', async () => {
    const { dispatcher, claims, runs, give, stop } = dispatcherOf()
    dispatcher.start()
    await give(claimOf(1), claimOf(2))
    const [first] = [await runs.next(), await runs.next()]
    dispatcher.notify()
    await quiescence()
    expect([dispatcher.full, claims.count]).to.deep.equal([true, 1])
    const before = dispatcher.lastPoll
    first.answer()
    await quiescence()
    expect(dispatcher.lastPoll, 'it could not ask before, and does now').to.be.above(before)
    expect(await give()).to.deep.equal([1, 4 * mebibyte])
    expect([dispatcher.running, dispatcher.full]).to.deep.equal([1, false])
    await stop()
  })

  it('goes on when a slot is free, also before its task has ended', async () => {
    const { dispatcher, claims, give, free, stop } = dispatcherOf()
    dispatcher.start()
    await give(claimOf(1), claimOf(2))
    await quiescence()
    expect(claims.count).to.equal(1)
    free.slots = 1
    dispatcher.slotFreed()
    expect(await give()).to.deep.equal([1, 4 * mebibyte])
    expect(dispatcher.running).to.equal(2)
    await stop()
  })

  it('claims nothing if it was told to be quiet before it started', async () => {
    const { dispatcher, claims } = dispatcherOf()
    await dispatcher.quiet()
    dispatcher.start()
    await quiescence()
    expect(claims.count).to.equal(0)
  })

  it('holds no more bytes than it may, but for the message that crosses that', async () => {
    const { dispatcher, claims, runs, give, stop } = dispatcherOf({ slots: 9, maxBytes: 100 })
    dispatcher.start()
    expect(await give(claimOf(1, 60))).to.deep.equal([9, 100])
    expect(await give(claimOf(2, 300))).to.deep.equal([8, 40])
    const [first, second] = [await runs.next(), await runs.next()]
    first.answer()
    await quiescence()
    expect([dispatcher.full, claims.count]).to.deep.equal([true, 2])
    second.answer()
    expect(await give()).to.deep.equal([9, 100])
    await stop()
  })

  it('starts nothing before it is known what was revoked', async () => {
    const { dispatcher, claims, runs, revocations, stop } = dispatcherOf()
    dispatcher.start()
    const { answer } = await claims.next()
    answer({ claims: [claimOf(1)], queue: 'celery', revocations: 7 })
    const known = await revocations.next()
    await quiescence()
    expect([known.args, runs.count, dispatcher.running]).to.deep.equal([[7], 0, 1])
    known.answer()
    await runs.next()
    await stop()
  })

  const wakers: [what: string, wake: (parts: ReturnType<typeof dispatcherOf>) => Promise<void>][] = [
    ['the broker says that there is one', async ({ waits }) => (await waits.next()).answer()],
    ['this process has sent one', async ({ dispatcher }) => dispatcher.notify()],
    ['50 ms are over', async () => timers.pass(50)],
    [
      '50 ms are over and the broker could not say anything',
      async ({ waits, claims }) => {
        const { fail } = await waits.next()
        fail(new Error('gone'))
        await quiescence()
        expect(claims.count).to.equal(1)
        timers.pass(50)
      },
    ],
  ]
  for (const [what, wake] of wakers) {
    it(`finds nothing, and looks again when ${what}`, async () => {
      const parts = dispatcherOf()
      parts.dispatcher.start()
      await parts.give()
      expect(timers.waits).to.deep.equal([50])
      timers.pass(49)
      await quiescence()
      expect(parts.claims.count).to.equal(1)
      await wake(parts)
      await parts.give()
      expect(parts.claims.count).to.equal(2)
      await parts.stop()
    })
  }

  it('sleeps over no message that came while it was looking', async () => {
    const { dispatcher, claims, give, stop } = dispatcherOf()
    dispatcher.start()
    await quiescence()
    dispatcher.notify()
    await give()
    await give()
    expect(claims.count).to.equal(2)
    await stop()
  })

  it('waits longer each time while the broker is away, and tells of it', async () => {
    const { dispatcher, claims, health, give, stop } = dispatcherOf()
    dispatcher.start()
    const error = new Error('gone')
    for (const wait of [50, 100, 200, 400, 800, 1_000, 1_000]) {
      const { fail } = await claims.next()
      fail(error)
      await quiescence()
      expect(timers.waits).to.deep.equal([wait])
      timers.pass(wait)
    }
    expect(dispatcher.lastPoll).to.equal(0)
    await give()
    expect(health.told.slice(-2)).to.deep.equal([error, 'answered'])
    expect(dispatcher.lastPoll).to.be.above(0).and.at.most(performance.now())
    dispatcher.notify()
    const { fail } = await claims.next()
    fail(error)
    await quiescence()
    expect(timers.waits).to.deep.equal([50])
    await stop()
  })

  it('is stuck where it is full although nothing is claimed, and not while something is', async () => {
    const none = dispatcherOf({ slots: 0 })
    expect([none.dispatcher.full, none.dispatcher.stuck]).to.deep.equal([true, true])
    const { dispatcher, runs, give, stop } = dispatcherOf({ slots: 1 })
    dispatcher.start()
    expect([dispatcher.full, dispatcher.stuck]).to.deep.equal([false, false])
    await give(claimOf(1))
    expect([dispatcher.full, dispatcher.stuck]).to.deep.equal([true, false])
    const run = await runs.next()
    run.answer()
    await quiescence()
    expect([dispatcher.full, dispatcher.stuck]).to.deep.equal([false, false])
    await stop()
  })

  it('is quiet when its last claim has been answered, and starts what came with it', async () => {
    const { dispatcher, claims, runs, give } = dispatcherOf()
    dispatcher.start()
    await quiescence()
    let isQuiet = false
    const quiet = dispatcher.quiet().then(() => (isQuiet = true))
    await quiescence()
    expect(isQuiet).to.equal(false)
    await give(claimOf(1))
    await quiet
    expect([claims.count, runs.count, dispatcher.running]).to.deep.equal([1, 1, 1])
  })

  it('is quiet when its last claim has found nothing', async () => {
    const { dispatcher, claims, waits, give } = dispatcherOf()
    dispatcher.start()
    await quiescence()
    const quiet = dispatcher.quiet()
    await give()
    await quiet
    expect([claims.count, waits.count, timers.waits]).to.deep.equal([1, 0, []])
  })

  for (const [what, slots, given] of [
    ['it waits for a message', 2, []],
    ['all slots are taken', 1, [claimOf(1)]],
  ] as const) {
    it(`is quiet at once while ${what}`, async () => {
      const { dispatcher, claims, give } = dispatcherOf({ slots })
      dispatcher.start()
      await give(...given)
      await dispatcher.quiet()
      expect([claims.count, timers.waits]).to.deep.equal([1, []])
    })
  }

  it('is quiet also where it does not get to know what was revoked', async () => {
    const { dispatcher, claims, revocations, runs } = dispatcherOf()
    dispatcher.start()
    const { answer } = await claims.next()
    answer({ claims: [claimOf(1)], queue: 'celery', revocations: 7 })
    const known = await revocations.next()
    await dispatcher.quiet()
    expect([dispatcher.running, runs.count]).to.deep.equal([1, 0])
    known.answer()
    const run = await runs.next()
    run.answer()
    await dispatcher.drained()
  })

  it('is drained when all that it started has ended', async () => {
    const { dispatcher, runs, give, stop } = dispatcherOf()
    dispatcher.start()
    await give(claimOf(1), claimOf(2))
    const [first, second] = [await runs.next(), await runs.next()]
    let isDrained = false
    const drained = dispatcher.drained().then(() => (isDrained = true))
    await stop()
    second.answer()
    await quiescence()
    expect([isDrained, dispatcher.running]).to.deep.equal([false, 1])
    first.answer()
    await drained
    expect(dispatcher.running).to.equal(0)
    await dispatcher.drained()
  })

  for (const [what, prepare] of [
    ['before it has started', async () => {}],
    [
      'while it claims',
      async ({ dispatcher }) => {
        dispatcher.start()
        await quiescence()
      },
    ],
    [
      'when it was told to be quiet',
      async ({ dispatcher, give }) => {
        dispatcher.start()
        await give()
        await dispatcher.quiet()
      },
    ],
  ] satisfies [string, (parts: ReturnType<typeof dispatcherOf>) => Promise<void>][]) {
    it(`keeps no room ${what}`, async () => {
      const parts = dispatcherOf()
      await prepare(parts)
      expect(parts.dispatcher.reserve('celery', 1, 10)).to.equal(null)
      await parts.stop()
    })
  }
})
