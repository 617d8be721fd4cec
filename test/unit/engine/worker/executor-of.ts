import type { Claim, Settlement } from '../../../../src/engine/broker/broker.ts'
import { encodeMessage, type OutgoingTask } from '../../../../src/engine/encode-message.ts'
import type { LossCause, Outcome } from '../../../../src/engine/outcome.ts'
import type { Job } from '../../../../src/engine/pool/pool.ts'
import { noThreads } from '../../../../src/engine/pool/thread-health.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import { Executor } from '../../../../src/engine/worker/executor.ts'
import { FollowUps } from '../../../../src/engine/worker/follow-ups.ts'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import { Settler } from '../../../../src/engine/worker/settler.ts'
import { Slots, type Lane } from '../../../../src/engine/worker/slots.ts'
import { engineLog } from '../engine-log.ts'
import { Questions } from '../questions.ts'
import { recordedEvents } from './recorded-events.ts'
import { recordedRecords } from './recorded-records.ts'

/** The time of the fake broker. */
export const now = 1_800_000_000_000
export const success: Outcome = { kind: 'success', result: 5, runtimeMs: 1 }
export const lost = (cause: LossCause, alone = true): Outcome => ({
  kind: 'lost',
  error: { type: 'WorkerLostError', message: 'its thread ended', stack: null },
  cause,
  alone,
  runtimeMs: 1,
})

/** A claim of a message of `proj.add`. */
export function claimOf(change: Partial<OutgoingTask> = {}, id = 7): Claim {
  const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0 }
  return { id, queue: 'celery', raw: Buffer.from(encodeMessage({ ...call, ...change })) }
}

export interface Given {
  readonly options?: TaskOptions<never[]>
  readonly limits?: { timeLimit: number | null; softTimeLimit: number | null }
  readonly lanes?: readonly Lane[]
  readonly firstStart?: boolean
  /** Whether short tasks share a slot. */
  readonly sharesSlots?: boolean
  /** Whether broker and results share a server. */
  readonly sharesBroker?: boolean
  /** Whether somebody wants to know what becomes of tasks; default true. */
  readonly eventsOn?: boolean
  /** Whether records of tasks are kept; default false. */
  readonly recordsOn?: boolean
  /** Whether messages of unknown tasks are left for others; default: they are set aside. */
  readonly leavesUnknown?: boolean
  /** What each settlement waits for. */
  readonly settling?: Promise<void>
  /** What each result waits for that is not stored with the settlement. */
  readonly storing?: Promise<void>
  /** What the rate limit says; default: it may start. */
  readonly pass?: (claim: Claim) => boolean
}

/** An executor on fakes: what it settles and stores is kept, and its pools wait for the test's outcomes. */
export function executorOf({
  options = {},
  limits,
  lanes = ['threads'],
  firstStart = true,
  sharesSlots = false,
  sharesBroker = true,
  eventsOn = true,
  recordsOn = false,
  leavesUnknown = false,
  settling,
  storing,
  pass = () => true,
}: Given = {}) {
  const settled: [result: unknown, rest: Omit<Settlement, 'result'>][] = []
  const stored: unknown[] = []
  const marked: unknown[] = []
  const left: unknown[] = []
  const terminated: unknown[] = []
  /** Who asked a rate limit for leave. */
  const asked: unknown[] = []
  const noted: number[] = []
  const unbegun = new Set<number>()
  const revoked = new Set<string>()
  const runs = new Questions<[job: Job, lane: Lane], Outcome>()
  const logger = engineLog()
  const events = recordedEvents(eventsOn)
  const records = recordedRecords(recordsOn)
  const broker = {
    now: () => now,
    settle: async (_claim: Claim, { result, ...rest }: Settlement) => {
      settled.push([result === undefined ? null : JSON.parse(result.json), rest])
      await settling
      return true
    },
    markStarted: async ({ id }: Claim, taskId: string) => (marked.push([id, taskId]), firstStart),
  }
  const results = {
    sharesBroker,
    encode: ({ id }: { id: string }, state: string, value: unknown) => ({
      key: id,
      json: JSON.stringify([state, value]),
      ttlSeconds: 1,
    }),
    store: async ({ json }: { json: string }) => {
      stored.push(JSON.parse(json))
      await storing
    },
  }
  let frees = 0
  const slots = new Slots(new Map(lanes.map((lane) => [lane, 1])))
  const pools = lanes.map((lane) => ({
    kind: lane,
    concurrency: 1,
    threadIds: [],
    counts: noThreads,
    trouble: null,
    sharesSlots,
    start: async () => {},
    run: (job: Job) => runs.ask(job, lane),
    flush: () => {},
    threadOf: (key: number) => (unbegun.has(key) ? null : 1),
    resize: () => false,
    restart: () => false,
    terminate: (key: number) => void terminated.push([lane, key]),
    destroy: async () => {},
  }))
  const task: TaskDefinition = { kind: 'lovage.task', name: 'proj.add', options, handler: () => 1 }
  const chords = { follow: async () => [] }
  const tally = new RunTally()
  const settler = new Settler({ broker, results, chords, logger, onSettled: () => {} })
  const tasks = new Map([['proj.add', task]])
  const followUps = new FollowUps({ broker, results, tasks, defaultQueue: 'celery', origin: '1@host' })
  const executor = new Executor({
    broker: broker as never,
    results,
    pools: new Map(pools.map((pool) => [pool.kind, pool])),
    slots,
    reach: { note: (_queue, part) => void noted.push(part) },
    revocations: revoked,
    rates: {
      pass: async ({ claim }, rate) => {
        asked.push([claim.id, rate.text])
        return pass(claim)
      },
    },
    settler,
    forOthers: leavesUnknown ? { release: async (_claim, { id, name }) => void left.push([id, name]) } : null,
    events,
    records,
    followUps,
    onFree: () => (frees += 1),
    tasks,
    tally,
    settings: {},
    limits: { maxCrashes: 3, timeLimit: null, softTimeLimit: null, ...limits },
    logger,
  })
  /** Resolves when the claim has ended. */
  const execute = (claim: Claim): Promise<void> => new Promise((resolve) => executor.execute(claim, () => resolve()))
  return {
    executor,
    execute,
    settler,
    slots,
    logger,
    tally,
    runs,
    settled,
    stored,
    marked,
    asked,
    /** What was left for others. */
    left,
    noted,
    /** Claims whose runs the pool says have not begun. */
    unbegun,
    terminated,
    revoked,
    /** What was told of tasks. */
    told: events.told,
    /** What was kept of them. */
    kept: records.kept,
    /** How often it said that a slot is free. */
    frees: () => frees,
  }
}

/** The result of a task that was not run, or was ended. */
export const ended = (reason: string): unknown => [
  'REVOKED',
  { exc_type: 'TaskRevokedError', exc_message: [reason], exc_module: 'celery.exceptions' },
]
