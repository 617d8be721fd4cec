import { expect } from 'chai'
import { askAgainMs } from '../../../../src/web/monitor/task-states.ts'

describe('a task that is looked at', () => {
  it('is asked for often while it lives, and seldom where nothing is known of it', () => {
    const states = [undefined, 'PENDING', 'STARTED', 'SUCCESS', 'REJECTED', null] as const
    expect(states.map(askAgainMs)).to.deep.equal([1_000, 1_000, 1_000, 5_000, 5_000, 10_000])
  })
})
