import { expect } from 'chai'
import { effectScope } from 'vue'
import { useCountdown } from '../../../../src/web/forms/use-countdown.ts'
import { eventually } from '../../../support/eventually.ts'

describe('the countdown', () => {
  const scope = effectScope()
  let time = 1_000_000
  const countdown = scope.run(() => useCountdown(() => time))
  if (countdown === undefined) throw new Error('the scope did not run')
  after(() => scope.stop())

  it('has nothing to wait for at first', () => {
    expect(countdown.remaining('a')).to.equal(0)
  })

  it('starts with all its seconds, and rounds up what is left', async () => {
    countdown.start('a', 60)
    expect(countdown.remaining('a')).to.equal(60)
    time += 1001
    await eventually(() => expect(countdown.remaining('a')).to.equal(59))
  })

  it('waits for each key by itself', () => {
    countdown.start('b', 90)
    expect(countdown.remaining('b')).to.equal(90)
    expect(countdown.remaining('a')).to.equal(59)
    expect(countdown.remaining('c')).to.equal(0)
  })

  it('is right at once after a sleep past the end', async () => {
    time += 70_000
    await eventually(() => expect(countdown.remaining('a')).to.equal(0))
    expect(countdown.remaining('b')).to.equal(20)
  })
})
