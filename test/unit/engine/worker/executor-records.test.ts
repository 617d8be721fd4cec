import { expect } from 'chai'
import { claimOf, executorOf, lost, now, success } from './executor-of.ts'

describe('what an executor has kept of a claim', () => {
  const on = { recordsOn: true, eventsOn: false }

  it('its beginning, what it says of itself, and its end', async () => {
    const { executor, execute, runs, kept } = executorOf(on)
    const done = execute(claimOf())
    const { args, answer } = await runs.next()
    expect(kept).to.deep.equal([['begun', 'an-id']])
    expect([...executor.running].map(({ message }) => message.id)).to.deep.equal(['an-id'])
    executor.report(args[0].key, 'PROGRESS', { current: 1 })
    executor.report(99, 'PROGRESS', { current: 1 })
    answer(success)
    await done
    expect(kept.slice(1)).to.deep.equal([
      ['said', 'an-id', 'PROGRESS', { current: 1 }],
      ['ended', 'an-id', { state: 'SUCCESS', runtimeMs: 1, value: 5 }],
    ])
    expect([...executor.running]).to.deep.equal([])
  })

  it('its end alone where it was not run', async () => {
    const { execute, kept } = executorOf(on)
    await execute(claimOf({ expiresAt: now }))
    const error = { type: 'TaskRevokedError', message: 'expired', stack: null }
    expect(kept).to.deep.equal([['ended', 'an-id', { state: 'REVOKED', runtimeMs: null, error }]])
  })

  it('nothing of what is due later, waits for its rate limit, or is of no task that is known here', async () => {
    const { execute, kept } = executorOf({ ...on, options: { rateLimit: 1 }, pass: () => false })
    await execute(claimOf({ eta: now + 1 }))
    await execute(claimOf())
    await execute(claimOf({ name: 'other' }))
    expect(kept).to.deep.equal([])
  })

  it('one beginning, however often a bystander is run again', async () => {
    const { execute, runs, kept } = executorOf(on)
    const done = execute(claimOf())
    const first = await runs.next()
    first.answer(lost('bystander'))
    const second = await runs.next()
    second.answer(success)
    await done
    expect(kept.map(([what]) => what)).to.deep.equal(['begun', 'ended'])
  })

  it('that it goes back to its queue, where it has not begun', async () => {
    const { execute, runs, kept } = executorOf({ ...on, sharesSlots: true })
    for (const outcome of [success, { kind: 'unstarted', runtimeMs: 0 } as const]) {
      const done = execute(claimOf())
      const { answer } = await runs.next()
      answer(outcome)
      await done
    }
    expect(kept.map(([what]) => what)).to.deep.equal(['begun', 'ended', 'begun', 'handedBack'])
  })
})
