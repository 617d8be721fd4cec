import { readFileSync } from 'node:fs'
import { encodeMessage, type OutgoingTask } from '../../../../src/engine/encode-message.ts'
import { LamportClock } from '../../../../src/engine/lamport-clock.ts'
import { decodeMessage } from '../../../../src/engine/message.ts'
import { Queues } from '../../../../src/engine/queues.ts'
import type { TaskDefinition, TaskOptions } from '../../../../src/engine/task.ts'
import { controlCommands } from '../../../../src/engine/worker/control-commands.ts'
import type { ControlledNode, Given } from '../../../../src/engine/worker/controlled-node.ts'
import type { InHand } from '../../../../src/engine/worker/executor.ts'
import { RunTally } from '../../../../src/engine/worker/run-tally.ts'
import { knownTask, type KnownTask } from '../../../../src/engine/worker/work.ts'
import { someFacts } from '../../../support/engine.ts'

/** When each task began that has begun, Unix milliseconds. */
export const begunAt = 1_795_445_036_369

/** A node whose every part can be set; what it is told to do is kept. */
export function controlledNode(change: Partial<ControlledNode> = {}) {
  const told: unknown[][] = []
  let on = false
  let beats = 0
  const turn = (wanted: boolean): boolean => {
    const changes = on !== wanted
    on = wanted
    return changes
  }
  const of: ControlledNode = {
    node: 'w1@vm',
    clock: new LamportClock(),
    facts: someFacts,
    uptime: 13.6,
    tasks: new Map(),
    inHand: [],
    slots: 9,
    queues: new Queues(['celery']),
    pools: [{ kind: 'threads', concurrency: 2, threadIds: [7, 8] }],
    autoscaler: null,
    revoked: [],
    upcoming: async () => [],
    revoke: async (...given) => void told.push(['revoke', ...given]),
    limited: async () => new Map(),
    limitRate: async (task, rate) => void told.push(['limitRate', task.task.name, rate]),
    addQueue: async (...given) => void told.push(['addQueue', ...given]),
    removeQueue: (...given) => void told.push(['removeQueue', ...given]),
    resizePool: (...given) => void told.push(['resizePool', ...given]),
    restartPools: () => void told.push(['restartPools']),
    events: { enable: () => turn(true), disable: () => turn(false), beat: () => void (beats += 1) },
    shutDown: () => void told.push(['shutDown']),
    ...change,
  }
  /** What it replies to a command. */
  const ask = async (method: string, given: Given = {}): Promise<unknown> => {
    const command = controlCommands.get(method)
    if (command === undefined) throw new Error(`no command ${method}`)
    return command(given, of)
  }
  return { of, told, ask, beats: () => beats, eventsOn: () => on }
}

/** A task that a node knows. */
export function known(name: string, options: TaskOptions<never[]> = {}): [string, KnownTask] {
  const task: TaskDefinition = { kind: 'lovage.task', name, options, handler: () => 1 }
  const pools = new Map([['threads' as const, { sharesSlots: true } as never]])
  return [name, knownTask(task, { pools, settings: {}, limits: { maxCrashes: 3 }, tally: new RunTally() })]
}

/** A message that a node holds. */
export function inHand(
  [name, task]: [string, KnownTask],
  begun: boolean,
  change: Partial<OutgoingTask> & { raw?: Uint8Array } = {},
): InHand {
  const { raw: given, ...call } = change
  const outgoing = { name, args: [], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0, ...call }
  const raw = given ?? Buffer.from(encodeMessage(outgoing))
  const message = decodeMessage(raw)
  const claim = { id: 1, queue: 'celery', raw }
  const { task: definition, policy } = task
  const work = {
    claim,
    message,
    task: definition,
    policy,
    known: task,
    expectedMs: null,
    receivedAt: begunAt,
    part: 1,
    begunAt,
    record: null,
  }
  return { work, begun, thread: begun ? 1 : null }
}

interface Golden {
  readonly decoded_body: Record<string, unknown>
  readonly raw: string
}

/** What a real Celery replied to a command, to be compared with ours. */
export function goldenReply(method: string): unknown {
  const requests = read('pidbox_requests')
  const request = requests.find(({ decoded_body: body }) => body['method'] === method)
  const reply = read('pidbox_replies').find(({ raw }) => ticketOf(raw) === request?.decoded_body['ticket'])
  if (reply === undefined) throw new Error(`no reply to ${method} was recorded`)
  return reply.decoded_body['w1@vm']
}

/** What a real Celery asked with a command. */
export function goldenArguments(method: string): Given {
  const request = read('pidbox_requests').find(({ decoded_body: body }) => body['method'] === method)
  if (request === undefined) throw new Error(`no request of ${method} was recorded`)
  return request.decoded_body['arguments'] as Given
}

function ticketOf(raw: string): unknown {
  return (JSON.parse(raw) as { headers: { ticket?: unknown } }).headers.ticket
}

function read(name: string): Golden[] {
  const text = readFileSync(new URL(`../../../fixtures/celery/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden)
}

/** The shape of a value: of each value its type. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
}
