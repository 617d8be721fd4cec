import { expect } from 'chai'
import { readBody } from '../../../../src/engine/body.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { Outcome } from '../../../../src/engine/outcome.ts'
import { type Decision } from '../../../../src/engine/worker/retry-policy.ts'
import { conclude, ended, error, failure, lost, success, terminated } from './concluder-of.ts'

describe('what was decided of a message that something follows', () => {
  const next = {
    task: 'next',
    args: [],
    kwargs: {},
    options: { task_id: 'next-id' },
    subtask_type: null,
    immutable: false,
  }
  const follows = { callbacks: [], errbacks: [{ ...next, task: 'told' }], chain: [next], chord: null }
  const body = JSON.stringify([[2, 3], {}, { callbacks: null, errbacks: follows.errbacks, chain: [next], chord: next }])
  const message = { body, groupId: 'g', groupIndex: 1 }
  const followed = (outcome: Outcome): Outcome => ({ ...outcome, follows: { ...follows, chord: next } })

  it('sends the next with its result, and counts its end', async () => {
    const { settled, results } = await conclude({ kind: 'succeed' }, { message, outcome: followed(success) })
    const [{ follow } = {}] = settled
    expect(follow?.messages.map(({ taskId }) => taskId)).to.deep.equal(['next-id'])
    expect(follow?.parts.map(({ part }) => part)).to.deep.equal(['[1,"an-id","SUCCESS",[5]]'])
    expect(results).to.deep.equal([['SUCCESS', [5], null, [[['next-id', null], null]]]])
  })

  const ends: [what: string, decision: Decision, outcome: Outcome | null, end: unknown, told: number][] = [
    ['fail', { kind: 'fail', error, deadLetter: true }, null, ['FAILURE', failure], 1],
    [
      'fail, in the thread',
      { kind: 'fail', error, deadLetter: false },
      followed({ kind: 'failure', error, deadLetter: false, runtimeMs: 1 }),
      ['FAILURE', failure],
      1,
    ],
    ['revoke', { kind: 'revoke' }, lost, ['REVOKED', terminated], 0],
    [
      'reject',
      { kind: 'reject', error, requeue: false },
      followed({ kind: 'reject', error, requeue: false, runtimeMs: 1 }),
      ['FAILURE', ended('Reject', 'it broke')],
      0,
    ],
    [
      'ignore',
      { kind: 'ignore' },
      followed({ kind: 'ignore', runtimeMs: 1 }),
      ['FAILURE', ended('Ignore', 'ignored')],
      0,
    ],
    [
      'unreadable',
      { kind: 'unreadable' },
      { kind: 'unreadable', reason: 'no list', runtimeMs: 0 },
      ['FAILURE', { exc_type: 'DecodeError', exc_message: ['no list'], exc_module: 'kombu.exceptions' }],
      0,
    ],
  ]
  for (const [what, decision, outcome, end, told] of ends) {
    it(`says so to all who wait: ${what}`, async () => {
      const { settled } = await conclude(decision, { message, outcome })
      const [{ follow } = {}] = settled
      expect(follow?.messages).to.have.length(told)
      expect(follow?.results.map(({ key }) => key)).to.deep.equal(['next-id'])
      expect(JSON.parse(follow?.parts[0]?.part ?? '')).to.deep.equal([1, 'an-id', ...(end as unknown[])])
    })
  }

  for (const decision of [
    { kind: 'retry', error, delayMs: 1, retries: 1, crashes: 0 },
    { kind: 'reject', error, requeue: true },
    { kind: 'handBack' },
  ] satisfies Decision[]) {
    it(`sends nothing where it will be run again: ${decision.kind}`, async () => {
      const { settled } = await conclude(decision, { message, outcome: followed(success) })
      expect(settled).to.have.length(1)
      expect(settled[0]).not.to.have.property('follow')
    })
  }

  it('sends what takes its place, with all that was to follow', async () => {
    const signature = { ...next, task: 'instead', options: { task_id: 'an-id' } }
    const { settled, results } = await conclude(
      { kind: 'replace', signature },
      { message, outcome: followed({ kind: 'replaced', signature, runtimeMs: 1 }) },
    )
    expect(results).to.deep.equal([])
    const [{ follow } = {}] = settled
    const sent = decodeMessage(Buffer.from(String(follow?.messages[0]?.text)))
    expect(sent).to.include({ id: 'an-id', name: 'instead', groupId: 'g', groupIndex: 1, parentId: 'an-id' })
    expect(readBody(sent).embed).to.deep.equal({ ...follows, chord: next })
    expect(follow).to.deep.include({ results: [], parts: [] })
  })

  it('is settled all the same where nobody can say what was to come', async () => {
    const broken = { body: '[[],{},{"chain":[5]}]' }
    const { settled } = await conclude({ kind: 'fail', error, deadLetter: false }, { message: broken, outcome: lost })
    expect(settled).to.deep.equal([{}])
  })
})
