import { expect } from 'chai'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { claimOf, dispatcherOf } from './dispatcher-of.ts'

describe('the dispatcher with paused queues', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  it('takes nothing from one, and does not wait on it', async () => {
    const { dispatcher, paused, waits, give, stop } = dispatcherOf({ queues: ['celery', 'mail'] })
    paused.update(['celery'])
    dispatcher.start()
    const [limit] = await give()
    expect(limit).to.equal(0)
    const { args } = await waits.next()
    expect(args).to.deep.equal(['mail'])
    await stop()
  })

  it('goes on looking where all are paused, and waits on none: so it is known to be well', async () => {
    const { dispatcher, paused, claims, waits, give, stop } = dispatcherOf()
    paused.update(['celery'])
    dispatcher.start()
    for (let look = 1; look <= 3; look += 1) {
      const [limit] = await give()
      expect([limit, claims.count, waits.count]).to.deep.equal([0, look, 0])
      expect([dispatcher.full, dispatcher.stuck]).to.deep.equal([false, false])
      timers.pass(50)
      await quiescence()
    }
    await stop()
  })

  it('takes from it again when it is told that it is resumed', async () => {
    const { dispatcher, paused, give, stop } = dispatcherOf()
    paused.update(['celery'])
    dispatcher.start()
    await give()
    paused.update([])
    dispatcher.notify()
    await quiescence()
    const [limit] = await give()
    expect(limit).to.equal(2)
    await stop()
  })

  it('is full where those that are open are, whatever room a paused one would have', async () => {
    const { dispatcher, paused, runs, give, stop } = dispatcherOf({ slots: 1, queues: ['celery', 'mail'] })
    dispatcher.start()
    await give(claimOf(1))
    paused.update(['mail'])
    await quiescence()
    expect([dispatcher.full, dispatcher.stuck]).to.deep.equal([true, false])
    const { answer } = await runs.next()
    answer()
    await quiescence()
    await stop()
  })

  it('keeps no room for what is sent to a paused queue', async () => {
    const { dispatcher, paused, waits, give, stop } = dispatcherOf()
    dispatcher.start()
    await give()
    await waits.next()
    paused.update(['celery'])
    expect(dispatcher.reserve('celery', 1, 10)).to.equal(null)
    paused.update([])
    const reservation = dispatcher.reserve('celery', 1, 10)
    expect(reservation).not.to.equal(null)
    reservation?.release()
    await quiescence()
    await stop()
  })
})
