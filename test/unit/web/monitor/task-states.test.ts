import { expect } from 'chai'
import { askAgainMs } from '../../../../src/web/monitor/task-states.ts'

describe('a task that is looked at', () => {
  it('is asked for often while it lives, and seldom once it has ended', () => {
    const states = [undefined, 'PENDING', 'STARTED', 'SUCCESS', 'REJECTED'] as const
    expect(states.map((state) => askAgainMs(state))).to.deep.equal([1_000, 1_000, 1_000, 5_000, 5_000])
  })

  it('is asked for less and less often where nothing is known of it', () => {
    const waits = [1, 2, 3, 4, 5, 50].map((misses) => askAgainMs(undefined, misses))
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })
})
