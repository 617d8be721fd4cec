import { expect } from 'chai'
import { Patience } from '../../../../src/engine/broker/patience.ts'
import { EngineError, QueueFullError } from '../../../../src/engine/errors.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'

const replyError = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' })
const never = (): Promise<never> => new Promise(() => {})

describe('the patience with a broker that does not answer', () => {
  /** A call that fails in these ways, one after another, and is answered then. */
  function callOf(...failures: (Error | 'silent')[]) {
    const call = {
      count: 0,
      make: async (): Promise<string> => {
        const failure = failures[call.count]
        call.count += 1
        if (failure === 'silent') return never()
        if (failure !== undefined) throw failure
        return 'answer'
      },
    }
    return call
  }
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    )
  const insist = (timeoutMs: number, call: { make: () => Promise<string> }): Promise<string> =>
    new Patience(timeoutMs).insist(performance.now(), call.make)

  it('takes the first answer', async () => {
    const call = callOf()
    expect(await insist(10_000, call)).to.equal('answer')
    expect(call.count).to.equal(1)
  })

  const passing = ['LOADING x', 'READONLY x', 'MASTERDOWN x', 'TRYAGAIN x', 'BUSY x']
  for (const failure of [...passing.map(replyError), new Error('Connection is closed.')]) {
    it(`calls again after ${failure.message}`, async () => {
      const call = callOf(failure, failure)
      expect(await insist(10_000, call)).to.equal('answer')
      expect(call.count).to.equal(3)
    })
  }

  for (const failure of ['WRONGTYPE x', 'OOM x', 'NOAUTH x', 'BUSYKEY x'].map(replyError)) {
    it(`takes ${failure.message} for an answer`, async () => {
      const call = callOf(failure)
      const error = await failureOf(insist(1_000, call))
      expect(error).to.be.instanceOf(EngineError).and.include({ code: 'BROKER_UNAVAILABLE', cause: failure })
      expect(call.count).to.equal(1)
    })
  }

  it('passes on that the queue is full, as it came', async () => {
    const full = new QueueFullError('full', 1)
    expect(await failureOf(insist(1_000, callOf(full)))).to.equal(full)
  })

  it('ends when its time is over, whether calls fail or are not answered', async () => {
    const away = new Error('away')
    for (const failures of [Array.from({ length: 99 }, () => away), ['silent' as const], [away, 'silent' as const]]) {
      const started = performance.now()
      const error = await failureOf(insist(200, callOf(...failures)))
      expect(error).to.be.instanceOf(EngineError).and.include({ code: 'BROKER_UNAVAILABLE' })
      expect(performance.now() - started).to.be.at.least(100)
    }
  })

  describe('by the clock', () => {
    const timers = new HandTimers()
    beforeEach(() => timers.install({ clock: true }))
    afterEach(() => timers.uninstall())

    /** Lets time go by in steps; whether the call was given up. */
    async function isGivenUpAfter(milliseconds: number, given: Promise<unknown>): Promise<boolean> {
      let over = false
      void given.then(() => (over = true))
      timers.pass(milliseconds)
      // A look is taken a turn after its timer.
      await quiescence()
      await quiescence()
      return over
    }

    it('lasts from the last answer to anybody', async () => {
      const patience = new Patience(150)
      const given = failureOf(patience.insist(performance.now(), never))
      for (let answers = 0; answers < 4; answers += 1) {
        expect(await isGivenUpAfter(100, given)).to.equal(false)
        patience.answered()
      }
      expect(await isGivenUpAfter(149, given)).to.equal(false)
      expect(await isGivenUpAfter(1, given)).to.equal(true)
      expect(await given).to.be.instanceOf(EngineError)
    })

    it('counts from when the call was first wanted', async () => {
      const given = failureOf(new Patience(1_000).insist(performance.now() - 900, never))
      expect(await isGivenUpAfter(99, given)).to.equal(false)
      expect(await isGivenUpAfter(1, given)).to.equal(true)
      expect(await given).to.be.instanceOf(EngineError)
    })
  })
})
