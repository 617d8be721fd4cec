import { expect } from 'chai'
import { quiescence } from '../hand-timers.ts'
import { claimOf, executorOf, now, success } from './executor-of.ts'

describe('what an executor has in hand', () => {
  it('is nothing before anything was claimed, and when it has ended', async () => {
    const { executor, execute, runs } = executorOf()
    expect(executor.inHand).to.deep.equal([])
    const done = execute(claimOf())
    const run = await runs.next()
    expect(executor.inHand.map(({ begun, work }) => [work.message.id, begun, work.begunAt])).to.deep.equal([
      ['an-id', true, now],
    ])
    run.answer(success)
    await done
    expect(executor.inHand).to.deep.equal([])
  })

  it('is also what waits for a slot, and has not begun', async () => {
    const { executor, execute, runs, slots } = executorOf({ lanes: ['threads', 'async'] })
    const done = [execute(claimOf({ id: 'first' }, 1)), execute(claimOf({ id: 'second' }, 2))]
    const told = (): unknown[] => executor.inHand.map(({ begun, work }) => [work.message.id, begun])
    expect(told()).to.deep.equal([
      ['first', true],
      ['second', false],
    ])
    const first = await runs.next()
    first.answer(success)
    const second = await runs.next()
    expect(told()).to.deep.equal([['second', true]])
    second.answer(success)
    await Promise.all(done)
    expect([told(), slots.room(0)]).to.deep.equal([[], 2])
  })

  it('is also what its pool has and has not begun', async () => {
    const { executor, execute, unbegun } = executorOf()
    unbegun.add(7)
    void execute(claimOf())
    await quiescence()
    expect(executor.inHand.map(({ begun }) => begun)).to.deep.equal([false])
  })

  it('is not what goes back to its queue, or is not to be run', async () => {
    const { executor, execute, revoked, slots } = executorOf()
    revoked.add('an-id')
    await execute(claimOf())
    slots.close()
    await execute(claimOf({ id: 'other' }))
    expect(executor.inHand).to.deep.equal([])
  })

  it('is counted by name when it starts', async () => {
    const { executor, execute, runs } = executorOf()
    void execute(claimOf())
    await runs.next()
    expect(executor.known.get('proj.add')?.started).to.equal(1)
  })

  it('starts with the limits of its task, which may be changed', async () => {
    const { executor, execute, runs } = executorOf({ options: { timeLimit: 60 } })
    const known = executor.known.get('proj.add')
    if (known === undefined) throw new Error('expected the task')
    const limitsOf = async (change: object): Promise<unknown> => {
      const done = execute(claimOf(change))
      const { args, answer } = await runs.next()
      answer(success)
      await done
      return [args[0].softTimeLimit, args[0].timeLimit]
    }
    expect(await limitsOf({})).to.deep.equal([null, 60])
    known.softTimeLimit = 5
    known.timeLimit = 10
    expect(await limitsOf({})).to.deep.equal([5, 10])
    expect(await limitsOf({ softTimeLimit: 1, timeLimit: 2 })).to.deep.equal([1, 2])
  })
})
