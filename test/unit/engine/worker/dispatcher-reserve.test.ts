import { expect } from 'chai'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { claimOf, dispatcherOf, mebibyte } from './dispatcher-of.ts'

describe('the dispatcher, while it waits for work', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

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
