import { expect } from 'chai'
import { claimOf, executorOf, lost, now, success, type Given } from './executor-of.ts'

describe('what an executor tells of a claim', () => {
  /** What it tells of the second of two claims: by then it knows whether the task is short. */
  async function toldOfSecond(given: Given): Promise<unknown[]> {
    const { execute, runs, told } = executorOf(given)
    for (let count = 0; count < 2; count += 1) {
      told.length = 0
      const done = execute(claimOf())
      const { args, answer } = await runs.next()
      expect(args[0].expectedMs).to.equal(count === 1 && given.sharesSlots === true ? 1 : null)
      answer(success)
      await done
    }
    return told
  }

  const received = ['received', 'an-id', 'proj.add']
  const started = ['started', 'an-id']

  for (const [what, given] of [
    ['a task with a slot to itself', {}],
    ['a short task', { sharesSlots: true }],
    ['a task whose result is kept elsewhere', { sharesBroker: false }],
  ] as const) {
    it(`its whole way: ${what}`, async () => {
      expect(await toldOfSecond(given)).to.deep.equal([received, started, ['succeeded', 'an-id', 5, 1]])
    })

    it(`nothing where nobody wants to know: ${what}`, async () => {
      expect(await toldOfSecond({ ...given, eventsOn: false })).to.deep.equal([])
    })
  }

  it('that it was not run: expired or revoked', async () => {
    const { execute, told, revoked } = executorOf()
    await execute(claimOf({ expiresAt: now }))
    revoked.add('an-id')
    await execute(claimOf())
    expect(told).to.deep.equal([received, ['revoked', 'an-id', 'expired'], received, ['revoked', 'an-id', 'revoked']])
  })

  it('that it was received where it is due later, and nothing of a task that nobody knows here', async () => {
    const { execute, told } = executorOf()
    await execute(claimOf({ eta: now + 1 }))
    expect(told).to.deep.equal([received])
    await execute(claimOf({ name: 'other', id: 'another' }))
    await execute(claimOf({ name: 'other', id: 'another', eta: now + 1 }))
    await execute({ ...claimOf(), raw: Buffer.from('hello') })
    expect(told).to.deep.equal([received])
  })

  it('one start, however often a bystander is run again', async () => {
    const { execute, runs, told } = executorOf()
    const done = execute(claimOf())
    const first = await runs.next()
    first.answer(lost('bystander'))
    const second = await runs.next()
    second.answer(success)
    await done
    expect(told).to.deep.equal([received, started, ['succeeded', 'an-id', 5, 1]])
  })

  it('counts what runs, and what was started', async () => {
    const { executor, execute, runs } = executorOf()
    expect(executor.counts).to.deep.equal({ active: 0, processed: 0 })
    const done = execute(claimOf())
    const { answer } = await runs.next()
    expect(executor.counts).to.deep.equal({ active: 1, processed: 1 })
    answer(success)
    await done
    await execute(claimOf({ expiresAt: now }))
    expect(executor.counts).to.deep.equal({ active: 0, processed: 1 })
  })
})
