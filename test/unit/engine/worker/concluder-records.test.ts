import { expect } from 'chai'
import type { Decision } from '../../../../src/engine/worker/retry-policy.ts'
import type { Outcome } from '../../../../src/engine/outcome.ts'
import { conclude, error, lost, now, success } from './concluder-of.ts'

const run = (kind: 'ignore' | 'unstarted'): Outcome => ({ kind, runtimeMs: 3 })
const failed: Outcome = { kind: 'failure', error, deadLetter: true, runtimeMs: 3 }

describe('what the record of a run is told at its end', () => {
  const signature = { task: 'next', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }
  const ends: [what: string, Decision, Outcome, ending: unknown][] = [
    ['it went well', { kind: 'succeed' }, success, { state: 'SUCCESS', runtimeMs: 12.4, value: [5] }],
    ['it was ignored', { kind: 'ignore' }, run('ignore'), { state: 'IGNORED', runtimeMs: 3 }],
    [
      'another takes its place',
      { kind: 'replace', signature },
      { kind: 'replaced', signature, runtimeMs: 3 },
      { state: 'REPLACED', runtimeMs: 3 },
    ],
    ['it failed', { kind: 'fail', error, deadLetter: true }, failed, { state: 'FAILURE', runtimeMs: 3, error }],
    [
      'it will be run again',
      { kind: 'retry', error, delayMs: 1_000, retries: 1, crashes: 0 },
      failed,
      { state: 'RETRY', runtimeMs: 3, error, retryAt: now + 1_000 },
    ],
    [
      'it was refused',
      { kind: 'reject', error, requeue: false },
      { kind: 'reject', error, requeue: false, runtimeMs: 3 },
      { state: 'REJECTED', runtimeMs: 3, error },
    ],
    [
      'it was refused, and goes back',
      { kind: 'reject', error, requeue: true },
      { kind: 'reject', error, requeue: true, runtimeMs: 3 },
      { state: 'REJECTED', runtimeMs: 3, error },
    ],
    [
      'it was ended',
      { kind: 'revoke' },
      lost,
      {
        state: 'REVOKED',
        runtimeMs: 1,
        error: { type: 'TaskRevokedError', message: 'terminated', stack: null },
      },
    ],
    [
      'it could not be read',
      { kind: 'unreadable' },
      { kind: 'unreadable', reason: 'no list', runtimeMs: 0 },
      { state: 'REJECTED', runtimeMs: null, error: { type: 'DecodeError', message: 'no list', stack: null } },
    ],
  ]
  for (const [what, decision, outcome, ending] of ends) {
    it(what, async () => {
      const { kept } = await conclude(decision, { outcome, recordsOn: true, eventsOn: false })
      expect(kept).to.deep.equal([['ended', 'an-id', ending]])
    })

    it(`nothing where the claim was lost: ${what}`, async () => {
      const { kept } = await conclude(decision, { outcome, recordsOn: true, eventsOn: false, ours: false })
      expect(kept).to.deep.equal([])
    })
  }

  for (const kind of ['handBack', 'leave'] as const) {
    it(`that it goes back to its queue: ${kind}`, async () => {
      const { kept } = await conclude({ kind }, { outcome: run('unstarted'), recordsOn: true, eventsOn: false })
      expect(kept).to.deep.equal([['handedBack', 'an-id']])
    })
  }
})
