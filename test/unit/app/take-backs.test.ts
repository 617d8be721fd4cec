import { expect } from 'chai'
import { TakeBacks } from '../../../src/app/take-backs.ts'
import { eventually } from '../../support/eventually.ts'
import { HandTimers, quiescence } from '../engine/hand-timers.ts'

const away = () => new Error('Connection is closed.')

describe('what is taken back', () => {
  let warnings: string[]
  let takeBacks: TakeBacks

  beforeEach(() => {
    warnings = []
    const ignore = (): void => undefined
    const warn = (_fields: object, message: string): void => void warnings.push(message)
    takeBacks = new TakeBacks({ debug: ignore, info: ignore, error: ignore, warn })
  })

  it('is done at once', async () => {
    let times = 0
    await takeBacks.run(async () => void (times += 1))
    expect(times).to.equal(1)
    expect(warnings).to.deep.equal([])
  })

  it('is tried until Redis is back, in its order, with one line each', async () => {
    let isAway = true
    const tries: string[] = []
    const done: string[] = []
    const work = (name: string) => async (): Promise<void> => {
      tries.push(name)
      if (isAway) throw away()
      done.push(name)
    }
    await takeBacks.run(work('first'))
    await takeBacks.run(work('second'))
    expect(tries).to.deep.equal(['first', 'second'])
    await eventually(() => expect(tries).to.have.length(3))
    // Redis is asked with one of them only.
    expect(tries).to.deep.equal(['first', 'second', 'first'])
    isAway = false
    await eventually(() => expect(done).to.deep.equal(['first', 'second']))
    expect(warnings).to.have.length(2)
  })

  it('is given up when something else is wrong with it, and stands in nobody’s way', async () => {
    let tries = 0
    const done: string[] = []
    await takeBacks.run(async () => {
      tries += 1
      throw tries === 1 ? away() : new TypeError('a fault')
    })
    await takeBacks.run(async () => {
      if (tries === 1) throw away()
      done.push('second')
    })
    await eventually(() => expect(done).to.deep.equal(['second']))
    expect(tries).to.equal(2)
    await takeBacks.run(() => Promise.reject(new TypeError('a fault')))
    expect(warnings).to.have.length(4)
  })

  it('is kept up to a bound', async () => {
    let isAway = true
    let done = 0
    const work = async (): Promise<void> => {
      if (isAway) throw away()
      done += 1
    }
    for (let i = 0; i < 1_200; i += 1) await takeBacks.run(work)
    isAway = false
    let last = -1
    await eventually(
      async () => {
        const [before, now] = [last, done]
        last = now
        if (now === 0 || now !== before) throw new Error(`${now} so far`)
      },
      { timeoutMs: 5_000 },
    )
    expect(done).to.equal(1_000)
  })

  describe('by one that is closed', () => {
    const timers = new HandTimers()
    beforeEach(() => timers.install())
    afterEach(() => timers.uninstall())

    it('is not tried again, nor is what comes later', async () => {
      await takeBacks.run(() => Promise.reject(away()))
      expect(timers.waits).to.deep.equal([1_000])
      takeBacks.close()
      expect(timers.waits).to.deep.equal([])
      await takeBacks.run(() => Promise.reject(away()))
      expect(timers.waits).to.deep.equal([])
      expect(warnings).to.have.length(2)
    })

    it('is not tried again where a try was under way', async () => {
      let tries = 0
      const work = async (): Promise<void> => {
        tries += 1
        if (tries === 3) takeBacks.close()
        throw away()
      }
      await takeBacks.run(work)
      await takeBacks.run(work)
      timers.pass(1_000)
      await quiescence()
      expect([tries, timers.waits]).to.deep.equal([3, []])
    })
  })
})
