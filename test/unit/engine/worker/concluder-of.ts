import { expect } from 'chai'
import type { Claim, Settlement } from '../../../../src/engine/broker/broker.ts'
import { encodeMessage } from '../../../../src/engine/encode-message.ts'
import { type TaskMessage } from '../../../../src/engine/message.ts'
import type { Outcome, TaskFailure } from '../../../../src/engine/outcome.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import type { ResultBackend } from '../../../../src/engine/results/results.ts'
import { Concluder, type Ran } from '../../../../src/engine/worker/concluder.ts'
import { FollowUps } from '../../../../src/engine/worker/follow-ups.ts'
import { policyOf, type Decision } from '../../../../src/engine/worker/retry-policy.ts'
import { RunRecord } from '../../../../src/engine/worker/run-record.ts'
import { TaskTally } from '../../../../src/engine/worker/run-tally.ts'
import { Settler } from '../../../../src/engine/worker/settler.ts'
import { aMessage } from '../a-message.ts'
import { engineLog } from '../engine-log.ts'
import { recordedEvents } from './recorded-events.ts'
import { recordedRecords } from './recorded-records.ts'

export const now = 1_800_000_000_000
export const error: TaskFailure = { type: 'Oops', message: 'it broke', stack: 'at here' }
export const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0 }
export const claim: Claim = { id: 7, queue: 'celery', raw: Buffer.from(encodeMessage(call)) }

export interface Given {
  readonly message?: Partial<TaskMessage>
  readonly options?: TaskOptions<never[]>
  readonly outcome?: Outcome | null
  /** Whether the claim is still ours. */
  readonly ours?: boolean
  readonly eventsOn?: boolean
  /** Whether records of tasks are kept; default false. */
  readonly recordsOn?: boolean
}

/** Carries a decision out; gives the settlements, their results apart, the lines of the log, and what was told. */
export async function conclude(
  decision: Decision,
  { message = {}, options = {}, outcome = null, ours = true, eventsOn = true, recordsOn = false }: Given = {},
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
  const tally = new TaskTally()
  const records = recordedRecords(recordsOn)
  const policy = policyOf(options, {}, 3)
  const work: Ran = { claim, message: aMessage(message), task, policy, known: { tally }, receivedAt: now, record: null }
  if (recordsOn) work.record = new RunRecord(work)
  const broker = { now: () => now }
  const tasks = new Map([[task.name, task]])
  const followUps = new FollowUps({ broker, results: backend, tasks, defaultQueue: 'celery', origin: '1@host' })
  const events = recordedEvents(eventsOn)
  await new Concluder({ broker, settler, followUps, events, records, logger }).conclude(work, decision, outcome)
  const lines = logger.lines.map(([level, text]) => [level, text])
  return { settled, results, told: events.told, kept: records.kept, lines, logger, tally }
}

export const failure = { exc_type: 'Oops', exc_message: ['it broke'], exc_module: 'lovage' }
export const terminated = { exc_type: 'TaskRevokedError', exc_message: ['terminated'], exc_module: 'celery.exceptions' }
export const lost: Outcome = { kind: 'lost', error, cause: 'terminated', alone: true, runtimeMs: 1 }
export const success: Outcome = { kind: 'success', result: [5], runtimeMs: 12.4 }
export const ended = (type: string, reason: string): object => ({
  exc_type: type,
  exc_message: [reason],
  exc_module: 'celery.exceptions',
})
