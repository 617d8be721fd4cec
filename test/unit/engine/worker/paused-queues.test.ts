import { expect } from 'chai'
import { PausedQueues } from '../../../../src/engine/worker/paused-queues.ts'
import { quiescence } from '../hand-timers.ts'

describe('the paused queues of a worker', () => {
  it('are those of the newest look, and it tells where one is paused no more', () => {
    const paused = new PausedQueues()
    expect(paused.has('mail')).to.equal(false)
    expect(paused.update(['mail', 'sms'])).to.equal(false)
    expect([paused.has('mail'), paused.has('sms'), paused.has('other')]).to.deep.equal([true, true, false])
    expect(paused.update(['mail', 'other'])).to.equal(true)
    expect([paused.has('mail'), paused.has('sms'), paused.has('other')]).to.deep.equal([true, false, true])
    expect(paused.update(['mail', 'other'])).to.equal(false)
  })

  it('are known from the first look on', async () => {
    const paused = new PausedQueues()
    let isKnown = false
    void paused.known.then(() => (isKnown = true))
    await quiescence()
    expect(isKnown).to.equal(false)
    paused.update([])
    await quiescence()
    expect(isKnown).to.equal(true)
  })
})
