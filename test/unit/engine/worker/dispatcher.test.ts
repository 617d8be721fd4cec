import { expect } from 'chai'
import type { Claim, Claimed, Reservation } from '../../../../src/engine/broker/broker.ts'
import { Queues } from '../../../../src/engine/queues.ts'
import { Dispatcher } from '../../../../src/engine/worker/dispatcher.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'
import { fakeHealth } from './fake-health.ts'

const mebibyte = 1024 * 1024
const claimOf = (id: number, bytes = 10): Claim => ({ id, queue: 'celery', raw: new Uint8Array(bytes) })

function dispatcherOf({ slots = 2, maxBytes = 100 * mebibyte } = {}) {
  const claims = new Questions<[limit: number, bytes: number], Claimed>()
  const waits = new Questions<[], void>()
  const runs = new Questions<[Claim], void>()
  const revocations = new Questions<[number], void>()
  const health = fakeHealth()
  /** How many runs had been asked for each time that it said that those were all. */
  const executed: number[] = []
  /** Slots that are free although their tasks have not ended. */
  const free = { slots: 0 }
  let running = 0
  const dispatcher = new Dispatcher({
    broker: { claim: (limits, bytes) => claims.ask(limits('celery'), bytes), waitForMessage: waits.ask },
    queues: new Queues(['celery']),
    limit: (_queue, unstarted) => Math.max(slots + free.slots - running - unstarted, 0),
    maxBytes,
    execute: (claim, ended) => {
      running += 1
      const end = (): void => {
        running -= 1
        ended(claim)
      }
      void runs.ask(claim).then(end)
    },
    onExecuted: () => executed.push(runs.count),
    onRevocations: revocations.ask,
    health,
  })
  /** Answers the next claim; resolves with what was asked for. */
  const give = async (...given: Claim[]): Promise<[limit: number, bytes: number]> => {
    const { args, answer } = await claims.next()
    answer({ claims: given, queue: 'celery', revocations: 0 })
    const known = await revocations.next()
    known.answer()
    await quiescence()
    return args
  }
  const stop = async (): Promise<void> => {
    const quiet = dispatcher.quiet()
    if (claims.count > claims.taken) await give()
    await quiet
  }
  /** Has what was claimed in the step that sent it taken. */
  const take = async (reservation: Reservation | null, ...given: Claim[]): Promise<void> => {
    reservation?.take({ claims: given, queue: 'celery', revocations: 0 })
    const known = await revocations.next()
    known.answer()
    await quiescence()
  }
  return { dispatcher, claims, waits, runs, revocations, health, executed, free, give, take, stop }
}

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
    first.answer()
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

  describe('while it waits for work', () => {
    async function waiting(options: Parameters<typeof dispatcherOf>[0] = {}) {
      const parts = dispatcherOf(options)
      parts.dispatcher.start()
      await parts.give()
      return parts
    }

    it('keeps room for what this process sends, and starts what was claimed with that', async () => {
      const { dispatcher, claims, runs, health, take, stop } = await waiting()
      const reservation = dispatcher.reserve('celery', 1, 10)
      await take(reservation, claimOf(7))
      expect([(await runs.next()).args[0].id, dispatcher.running, claims.count]).to.deep.equal([7, 1, 1])
      expect(health.told.at(-1)).to.equal('answered')
      await stop()
    })

    it('keeps no more room than there is, counting what is kept already', async () => {
      const { dispatcher, stop } = await waiting({ slots: 3 })
      const [two, more, one] = [2, 2, 1].map((count) => dispatcher.reserve('celery', count, 10))
      expect([two, more, one].map((reservation) => reservation !== null)).to.deep.equal([true, false, true])
      expect(dispatcher.full).to.equal(true)
      two?.release()
      one?.release()
      expect(dispatcher.full).to.equal(false)
      await stop()
    })

    it('keeps none for other queues, nor for more bytes than it may hold', async () => {
      const { dispatcher, stop } = await waiting({ maxBytes: 100 })
      expect(dispatcher.reserve('other', 1, 10)).to.equal(null)
      expect(dispatcher.reserve('celery', 1, 101)).to.equal(null)
      await stop()
    })

    it('looks at the lists when nothing was claimed after all', async () => {
      const { dispatcher, claims, give, stop } = await waiting()
      dispatcher.reserve('celery', 1, 10)?.release()
      expect(await give()).to.deep.equal([2, 4 * mebibyte])
      expect(claims.count).to.equal(2)
      await stop()
    })

    it('goes on when it has found itself full for the sake of room that was not needed', async () => {
      const { dispatcher, claims, give, stop } = await waiting({ slots: 1 })
      const reservation = dispatcher.reserve('celery', 1, 10)
      dispatcher.notify()
      await quiescence()
      expect([dispatcher.full, claims.count]).to.deep.equal([true, 1])
      reservation?.release()
      expect(await give()).to.deep.equal([1, 4 * mebibyte])
      await stop()
    })

    it('frees the room of a reservation once, whatever is said of it', async () => {
      const { dispatcher, take, stop } = await waiting()
      const reservation = dispatcher.reserve('celery', 1, 10)
      await take(reservation, claimOf(7))
      reservation?.release()
      await quiescence()
      expect([dispatcher.running, dispatcher.full]).to.deep.equal([1, false])
      await stop()
    })

    it('is quiet when it is known what became of the room that it keeps', async () => {
      const { dispatcher, runs, take } = await waiting()
      const reservations = [dispatcher.reserve('celery', 1, 10), dispatcher.reserve('celery', 1, 10)]
      let isQuiet = false
      const quiet = dispatcher.quiet().then(() => (isQuiet = true))
      reservations[0]?.release()
      await quiescence()
      expect(isQuiet).to.equal(false)
      await take(reservations[1] ?? null, claimOf(7))
      await quiet
      expect([runs.count, dispatcher.running]).to.deep.equal([1, 1])
    })
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
