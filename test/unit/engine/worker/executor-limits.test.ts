import { expect } from 'chai'
import { claimOf, ended, executorOf, now, success } from './executor-of.ts'

const options = { rateLimit: '10/m' }
const admitted = (raw: Uint8Array): Buffer =>
  Buffer.from(Buffer.from(raw).toString().replace('"headers":{', '"headers":{"lovage_admitted":true,'))

describe('a task with a rate limit', () => {
  it('runs where its limit lets it', async () => {
    const { execute, runs, asked, settled } = executorOf({ options })
    const carried = execute(claimOf())
    const { answer } = await runs.next()
    answer(success)
    await carried
    expect(asked).to.deep.equal([[7, '10/m']])
    expect(settled).to.have.length(1)
  })

  it('gives its slot to others where it must wait, and is not run', async () => {
    const { execute, runs, slots, noted, frees } = executorOf({ options, pass: () => false, sharesSlots: true })
    await execute(claimOf())
    expect([runs.count, slots.room(0), frees()]).to.deep.equal([0, 1, 1])
    expect(noted, 'a slot to itself, however short it is').to.deep.equal([1])
  })

  it('asks once: what its limit has let pass is run', async () => {
    const { execute, runs, asked } = executorOf({ options, pass: () => false })
    const claim = claimOf()
    const carried = execute({ ...claim, raw: admitted(claim.raw) })
    const { answer } = await runs.next()
    answer(success)
    await carried
    expect(asked).to.deep.equal([])
  })

  it('asks anew for each try, and where it is put back', async () => {
    for (const outcome of [
      { kind: 'retry', error: { type: 'Retry', message: 'later', stack: null }, countdownMs: 5, runtimeMs: 1 },
      { kind: 'reject', error: { type: 'Reject', message: 'no', stack: null }, requeue: true, runtimeMs: 1 },
    ] as const) {
      const { execute, runs, settled } = executorOf({ options })
      const claim = claimOf()
      const carried = execute({ ...claim, raw: admitted(claim.raw) })
      const { answer } = await runs.next()
      answer(outcome)
      await carried
      const { schedule, requeue } = settled[0]?.[1] ?? {}
      const text = schedule?.text ?? (typeof requeue === 'object' ? requeue.text : '')
      expect(text, outcome.kind).to.contain('proj.add').and.not.contain('lovage_admitted')
    }
  })

  it('does not ask for one that is revoked, or too late', async () => {
    const { execute, asked, settled, revoked } = executorOf({ options })
    revoked.add('an-id')
    await execute(claimOf())
    await execute(claimOf({ id: 'another', expiresAt: now - 1 }))
    expect(asked).to.deep.equal([])
    expect(settled.map(([result]) => result)).to.deep.equal([ended('revoked'), ended('expired')])
  })

  it('fails where its key can not be made', async () => {
    const { execute, runs, settled } = executorOf({
      options,
      pass: () => {
        throw new Error('no key')
      },
    })
    await execute(claimOf())
    expect(runs.count).to.equal(0)
    const [result, rest] = settled[0] ?? []
    expect(result).to.have.nested.property('[0]', 'FAILURE')
    expect(rest?.aside).to.include({ kind: 'dead', reason: 'Error: no key' })
  })

  it('depends on the settings where its option is a function', async () => {
    const { execute, runs, asked } = executorOf({ options: { rateLimit: () => null } })
    const carried = execute(claimOf())
    const { answer } = await runs.next()
    answer(success)
    await carried
    expect(asked).to.deep.equal([])
    expect(() => executorOf({ options: { rateLimit: () => 'often' } })).to.throw(
      'task proj.add: rateLimit: expected a number per second',
    )
  })
})
