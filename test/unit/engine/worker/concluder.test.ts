import { expect } from 'chai'
import { encodeMessage } from '../../../../src/engine/encode-message.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import type { TaskOptions } from '../../../../src/engine/task.ts'
import { type Decision } from '../../../../src/engine/worker/retry-policy.ts'
import { call, conclude, error, failure, now, success, terminated, type Given } from './concluder-of.ts'

const note = { taskId: 'an-id', taskName: 'proj.add' }
const dead = {
  ...note,
  kind: 'dead',
  reason: 'Oops: it broke',
  error: 'Oops',
  stack: 'at here',
  retries: 0,
  cpuProfile: null,
}
const hang = { stack: 'at there', cpuProfile: '{"nodes":[]}', durationMs: 200 }

const table: [
  what: string,
  decision: Decision,
  given: Given,
  settlement: object | null,
  result: unknown,
  line: string,
][] = [
  ['succeed', { kind: 'succeed' }, { outcome: success }, {}, ['SUCCESS', [5], null], 'info task succeeded'],
  ['ignore', { kind: 'ignore' }, {}, {}, undefined, 'info task ignored'],
  ['revoke', { kind: 'revoke' }, {}, {}, ['REVOKED', terminated, null], 'warn task revoked while it was running'],
  [
    'unreadable',
    { kind: 'unreadable' },
    { outcome: { kind: 'unreadable', reason: 'no list', runtimeMs: 0 } },
    { aside: { ...note, kind: 'unreadable', reason: 'no list' } },
    ['FAILURE', { exc_type: 'DecodeError', exc_message: ['no list'], exc_module: 'kombu.exceptions' }, null],
    'error unreadable message set aside',
  ],
  [
    'unreadable, where nobody waits',
    { kind: 'unreadable' },
    { message: { ignoreResult: true }, outcome: { kind: 'unreadable', reason: 'no list', runtimeMs: 0 } },
    { aside: { ...note, kind: 'unreadable', reason: 'no list' } },
    undefined,
    'error unreadable message set aside',
  ],
  [
    'reject',
    { kind: 'reject', error, requeue: false },
    {},
    { aside: { ...note, kind: 'dead', reason: 'rejected: it broke' } },
    undefined,
    'warn task rejected',
  ],
  [
    'reject and requeue',
    { kind: 'reject', error, requeue: true },
    {},
    { requeue: true },
    undefined,
    'warn task rejected',
  ],
  [
    'fail',
    { kind: 'fail', error, deadLetter: true },
    {},
    { aside: dead },
    ['FAILURE', failure, 'at here'],
    'error task failed',
  ],
  [
    'fail, where nobody needs to see it',
    { kind: 'fail', error, deadLetter: false },
    {},
    {},
    ['FAILURE', failure, 'at here'],
    'error task failed',
  ],
  [
    'fail, with what is known of it',
    { kind: 'fail', error, deadLetter: true },
    { message: { retries: 3 }, outcome: { ...success, profile: hang } },
    { aside: { ...dead, retries: 3, cpuProfile: '{"nodes":[]}' } },
    ['FAILURE', failure, 'at here'],
    'error task failed',
  ],
  [
    'fail, of a message that expires: it may not lie around after that',
    { kind: 'fail', error, deadLetter: true },
    { message: { expires: now + 5 } },
    { aside: { ...dead, keepUntil: now + 5 } },
    ['FAILURE', failure, 'at here'],
    'error task failed',
  ],
  [
    'fail, where no result is wanted',
    { kind: 'fail', error, deadLetter: true },
    { options: { ignoreResult: true } },
    { aside: dead },
    undefined,
    'error task failed',
  ],
]

describe('what was decided of a message', () => {
  for (const [what, decision, given, settlement, result, line] of table) {
    it(`has its task, its run and its time in the log: ${what}`, async () => {
      const { logger } = await conclude(decision, {
        outcome: success,
        ...given,
        message: { ...given.message, crashes: 1 },
      })
      const fields = { task: 'proj.add', taskId: 'an-id', attempt: (given.message?.retries ?? 0) + 2 }
      const ms = Math.round((given.outcome ?? success).runtimeMs)
      expect(logger.lines[0]?.[2]).to.include({ ...fields, ms })
    })

    it(`is carried out: ${what}`, async () => {
      const { settled, results, lines } = await conclude(decision, given)
      expect(settled).to.deep.equal([settlement])
      expect(results).to.deep.equal(result === undefined ? [] : [result])
      expect(lines.map((parts) => parts.join(' '))).to.deep.equal([line])
    })

    it(`takes the mark of its start away: ${what}`, async () => {
      const options: TaskOptions<never[]> = { ...given.options, onUncertain: 'fail' }
      const { settled } = await conclude(decision, { ...given, options })
      expect(settled).to.deep.equal([{ ...settlement, startedId: 'an-id' }])
    })
  }

  it('is carried out: retry, with the message as it is to run next time', async () => {
    const decision: Decision = { kind: 'retry', error, delayMs: 1_500.2, retries: 2, crashes: 1 }
    const { settled, results, logger } = await conclude(decision, { message: { retries: 1, crashes: 1 } })
    const [{ schedule, ...rest } = {}] = settled
    expect([settled.length, rest]).to.deep.equal([1, {}])
    expect(schedule?.due).to.equal(now + 1_501)
    expect(decodeMessage(Buffer.from(schedule?.text ?? ''))).to.include({
      id: 'an-id',
      retries: 2,
      crashes: 1,
      eta: now + 1_501,
    })
    expect(results).to.deep.equal([['RETRY', failure, 'at here']])
    const fields = { task: 'proj.add', taskId: 'an-id', attempt: 3, ms: 0, error: 'Oops: it broke', delayMs: 1_500.2 }
    expect(logger.lines).to.deep.equal([['warn', 'task failed: it will be run again', fields]])
  })

  it('is carried out: retry after a crash, which is said', async () => {
    const decision: Decision = { kind: 'retry', error, delayMs: 0, retries: 0, crashes: 1 }
    const { settled, logger } = await conclude(decision, { options: { onUncertain: 'fail' } })
    expect(settled).to.have.length(1)
    expect(settled[0]).to.have.property('startedId', 'an-id')
    expect(logger.lines[0]?.[2]).to.include({ crashes: 1 })
  })

  for (const decision of [{ kind: 'leave' }, { kind: 'again', isolated: true }] as const) {
    it(`leaves the claim as it is: ${decision.kind}`, async () => {
      const { settled, results, lines } = await conclude(decision)
      expect([settled, results, lines]).to.deep.equal([[], [], []])
    })
  }

  const tellings: [what: string, decision: Decision, told: unknown[]][] = [
    ['success', { kind: 'succeed' }, ['succeeded', 'an-id', [5], 12.4]],
    ['a failure', { kind: 'fail', error, deadLetter: true }, ['failed', 'an-id', error]],
    ['a failure without a dead letter', { kind: 'fail', error, deadLetter: false }, ['failed', 'an-id', error]],
    ['a retry', { kind: 'retry', error, delayMs: 0, retries: 1, crashes: 0 }, ['retried', 'an-id', error]],
    ['a revocation', { kind: 'revoke' }, ['revoked', 'an-id', 'terminated']],
    ['a rejection', { kind: 'reject', error, requeue: false }, ['rejected', 'an-id', false]],
    ['a rejection to its queue', { kind: 'reject', error, requeue: true }, ['rejected', 'an-id', true]],
    ['what can not be read', { kind: 'unreadable' }, ['rejected', 'an-id', false]],
  ]
  for (const [what, decision, told] of tellings) {
    it(`is told where somebody wants to know: ${what}`, async () => {
      expect((await conclude(decision, { outcome: success })).told).to.deep.equal([told])
      expect((await conclude(decision, { outcome: success, eventsOn: false })).told).to.deep.equal([])
    })

    it(`is not told where it was not for us to say any more: ${what}`, async () => {
      expect((await conclude(decision, { outcome: success, ours: false })).told).to.deep.equal([])
    })
  }

  it('is not told where nothing has come of it', async () => {
    for (const kind of ['ignore', 'handBack', 'leave'] as const) {
      expect((await conclude({ kind })).told).to.deep.equal([])
    }
  })

  it('is counted, once, with how long it took', async () => {
    const { tally } = await conclude({ kind: 'succeed' }, { outcome: success, eventsOn: false })
    expect([tally.counts.ends.succeeded, tally.counts.run.sumMs]).to.deep.equal([1, 12.4])
    const refused = await conclude({ kind: 'fail', error, deadLetter: true })
    expect([refused.tally.counts.ends.failed, refused.tally.counts.dead]).to.deep.equal([1, 1])
    expect((await conclude({ kind: 'leave' })).tally.counts.ends.succeeded).to.equal(0)
  })

  it('is told without the arguments', async () => {
    const secret = Buffer.from(encodeMessage({ ...call, args: ['13800000000'] })).toString('base64')
    const { logger } = await conclude({ kind: 'fail', error, deadLetter: true }, { message: { body: secret } })
    expect(JSON.stringify(logger.lines)).not.to.include(secret)
  })
})

describe('the line of a task whose message names a trace', () => {
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  const decisions: Decision[] = [
    { kind: 'succeed' },
    { kind: 'fail', error, deadLetter: false },
    { kind: 'retry', error, delayMs: 1, retries: 1, crashes: 0 },
  ]
  for (const decision of decisions) {
    it(`has the trace’s id, and no other has one: ${decision.kind}`, async () => {
      const traced = await conclude(decision, { outcome: success, message: { trace } })
      expect(traced.logger.lines[0]?.[2]).to.include({ traceId: '0af7651916cd43dd8448eb211c80319c', taskId: 'an-id' })
      const { logger } = await conclude(decision, { outcome: success })
      expect(logger.lines[0]?.[2]).not.to.have.property('traceId')
    })
  }

  it('has none where the message names none that is one', async () => {
    const { logger } = await conclude({ kind: 'succeed' }, { message: { trace: { traceparent: 'garbage' } } })
    expect(logger.lines[0]?.[2]).not.to.have.property('traceId')
  })
})
