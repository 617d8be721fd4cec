import { expect } from 'chai'
import type { Claim, Settlement } from '../../../../src/engine/broker/broker.ts'
import { readBody } from '../../../../src/engine/body.ts'
import { encodeMessage } from '../../../../src/engine/encode-message.ts'
import { decodeMessage, type TaskMessage } from '../../../../src/engine/message.ts'
import type { Outcome, TaskFailure } from '../../../../src/engine/outcome.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import type { ResultBackend } from '../../../../src/engine/results/results.ts'
import { Concluder } from '../../../../src/engine/worker/concluder.ts'
import { FollowUps } from '../../../../src/engine/worker/follow-ups.ts'
import { policyOf, type Decision } from '../../../../src/engine/worker/retry-policy.ts'
import { Settler } from '../../../../src/engine/worker/settler.ts'
import { aMessage } from '../a-message.ts'
import { engineLog } from '../engine-log.ts'
import { recordedEvents } from './recorded-events.ts'

const now = 1_800_000_000_000
const error: TaskFailure = { type: 'Oops', message: 'it broke', stack: 'at here' }
const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0 }
const claim: Claim = { id: 7, queue: 'celery', raw: Buffer.from(encodeMessage(call)) }

interface Given {
  readonly message?: Partial<TaskMessage>
  readonly options?: TaskOptions<never[]>
  readonly outcome?: Outcome | null
  /** Whether the claim is still ours. */
  readonly ours?: boolean
  readonly eventsOn?: boolean
}

/** Carries a decision out; gives the settlements, their results apart, the lines of the log, and what was told. */
async function conclude(
  decision: Decision,
  { message = {}, options = {}, outcome = null, ours = true, eventsOn = true }: Given = {},
) {
  const settled: Omit<Settlement, 'result'>[] = []
  const results: unknown[] = []
  const logger = engineLog()
  const backend: ResultBackend = {
    sharesBroker: true,
    encode: ({ id }, ...said) => ({ key: id, json: JSON.stringify(said), ttlSeconds: 1 }),
    store: () => expect.fail('it is stored with the settlement'),
  }
  const settler = new Settler({
    broker: {
      settle: async (_claim, { result, ...rest }) => {
        settled.push(rest)
        if (result !== undefined) results.push(JSON.parse(result.json))
        return ours
      },
    },
    results: backend,
    chords: { follow: () => expect.fail('it goes with the settlement') },
    logger,
    onSettled: () => {},
  })
  const task: TaskDefinition = { kind: 'lovage.task', name: 'proj.add', options, handler: () => 1 }
  const work = { claim, message: aMessage(message), task, policy: policyOf(options, {}, 3) }
  const broker = { now: () => now }
  const tasks = new Map([[task.name, task]])
  const followUps = new FollowUps({ broker, results: backend, tasks, defaultQueue: 'celery', origin: '1@host' })
  const events = recordedEvents(eventsOn)
  await new Concluder({ broker, settler, followUps, events, logger }).conclude(work, decision, outcome)
  return { settled, results, told: events.told, lines: logger.lines.map(([level, text]) => [level, text]), logger }
}

const failure = { exc_type: 'Oops', exc_message: ['it broke'], exc_module: 'lovage' }
const terminated = { exc_type: 'TaskRevokedError', exc_message: ['terminated'], exc_module: 'celery.exceptions' }
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
const ended = (type: string, reason: string): object => ({
  exc_type: type,
  exc_message: [reason],
  exc_module: 'celery.exceptions',
})
const lost: Outcome = { kind: 'lost', error, cause: 'terminated', alone: true, runtimeMs: 1 }
const success: Outcome = { kind: 'success', result: [5], runtimeMs: 12.4 }
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
    const fields = { task: 'proj.add', id: 'an-id', error: 'Oops: it broke', retries: 2, delayMs: 1_500.2 }
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

  describe('of a message that something follows', () => {
    const next = {
      task: 'next',
      args: [],
      kwargs: {},
      options: { task_id: 'next-id' },
      subtask_type: null,
      immutable: false,
    }
    const follows = { callbacks: [], errbacks: [{ ...next, task: 'told' }], chain: [next], chord: null }
    const body = JSON.stringify([
      [2, 3],
      {},
      { callbacks: null, errbacks: follows.errbacks, chain: [next], chord: next },
    ])
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

  it('is told without the arguments', async () => {
    const secret = Buffer.from(encodeMessage({ ...call, args: ['13800000000'] })).toString('base64')
    const { logger } = await conclude({ kind: 'fail', error, deadLetter: true }, { message: { body: secret } })
    expect(JSON.stringify(logger.lines)).not.to.include(secret)
  })
})
