import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { RedisLate, RedisTime } from '../../../src/app/redis-time.ts'

const never = (): Promise<void> => new Promise(() => undefined)
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )

describe('the time that a request has for Redis', () => {
  it('gives what the work gives, and throws what it throws', async () => {
    const time = new RedisTime(1_000)
    expect(await time.spend(async () => 7)).to.equal(7)
    const fault = new Error('READONLY')
    expect(await failureOf(time.spend(() => Promise.reject(fault)))).to.equal(fault)
  })

  it('ends work that takes too long', async () => {
    const began = performance.now()
    const error = await failureOf(new RedisTime(50).spend(never))
    expect(performance.now() - began).to.be.at.least(45)
    expect(error).to.be.instanceOf(RedisLate).with.property('message').that.contains('within the 50 ms')
  })

  it('counts all the work together', async () => {
    const time = new RedisTime(100)
    await time.spend(() => sleep(60))
    expect(await failureOf(time.spend(() => sleep(60)))).to.be.instanceOf(RedisLate)
  })

  it('does not count what lies in between', async () => {
    const time = new RedisTime(100)
    // Nothing that a busy machine could make long.
    await time.spend(async () => 'at once')
    await sleep(150)
    expect(await time.spend(async () => 'in time')).to.equal('in time')
  })

  it('begins nothing when it is over', async () => {
    const time = new RedisTime(10)
    await failureOf(time.spend(never))
    let begun = false
    const error = await failureOf(
      time.spend(async () => {
        begun = true
      }),
    )
    expect(error).to.be.instanceOf(RedisLate)
    expect(begun).to.equal(false)
  })

  it('lets nobody hear of work that fails later', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const late = (): Promise<void> => sleep(30).then(() => Promise.reject(new Error('late')))
      await failureOf(new RedisTime(5).spend(late))
      await sleep(60)
      expect(unhandled).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  it('waits for what must be done, but not for ever', async () => {
    const time = new RedisTime(50)
    const began = performance.now()
    await time.waitFor(sleep(20))
    expect(performance.now() - began).to.be.greaterThan(15)
    await time.waitFor(never())
    await time.waitFor(never())
  })
})
