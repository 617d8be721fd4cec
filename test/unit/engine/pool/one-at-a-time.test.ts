import { expect } from 'chai'
import { OneAtATime } from '../../../../src/engine/pool/one-at-a-time.ts'
import { quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'

describe('something that is done one at a time', () => {
  it('is done at once, and once more for all who ask meanwhile', async () => {
    const steps = new Questions<[], void>()
    const one = new OneAtATime(steps.ask)
    one.ask()
    expect(steps.count).to.equal(1)
    for (let count = 0; count < 5; count += 1) one.ask()
    const first = await steps.next()
    await quiescence()
    expect(steps.count).to.equal(1)
    first.answer()
    await quiescence()
    expect(steps.count).to.equal(2)
    const second = await steps.next()
    second.answer()
    await quiescence()
    expect(steps.count).to.equal(2)
    one.ask()
    expect(steps.count).to.equal(3)
  })
})
