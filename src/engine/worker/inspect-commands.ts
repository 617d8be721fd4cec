import { decodeMessage } from '../message.ts'
import type { Json } from '../wire-value.ts'
import type { ScheduledMessage } from '../broker/broker.ts'
import { ok, type ControlCommand, type ControlledNode, type Given } from './controlled-node.ts'
import type { InHand } from './executor.ts'
import { textsIn } from './given-arguments.ts'
import { nodeStats } from './node-stats.ts'
import { registeredTasks } from './registered-tasks.ts'
import { taskInfo } from './task-info.ts'

/** Most messages that one reply tells of, and most bytes of scheduled ones that are read for it: a reply is one message. */
const mostTold = 1_000
const mostBytes = 4 * 1024 * 1024

/** Most revoked ids that one reply tells, the newest. */
const mostRevoked = 10_000

/** What Celery's timer gives each task; it is not the message's priority (celery.worker.consumer). */
const timerPriority = 6

function active(given: Given, of: ControlledNode): Json {
  return of.inHand
    .filter(({ begun }) => begun)
    .slice(0, mostTold)
    .map((each) => infoOf(each, of, given['safe'] === true))
}

function registered(given: Given, { tasks }: ControlledNode): Json {
  return registeredTasks(tasks.values(), textsIn(given, 'taskinfoitems'), given['builtins'] === true)
}

function reserved(_given: Given, of: ControlledNode): Json {
  return of.inHand
    .filter(({ begun }) => !begun)
    .slice(0, mostTold)
    .map((each) => infoOf(each, of, false))
}

async function scheduled(_given: Given, of: ControlledNode): Promise<Json> {
  const found = await of.upcoming(mostTold, mostBytes)
  return found.flatMap((message) => scheduledInfo(message, of))
}

function scheduledInfo({ queue, due, raw }: ScheduledMessage, of: ControlledNode): Json[] {
  try {
    const message = decodeMessage(raw)
    const task = of.tasks.get(message.name)?.task ?? null
    const request = taskInfo({ message, raw, queue, task, node: of.node, begunAt: null, safe: false })
    return [{ eta: pythonTime(due), priority: timerPriority, request }]
  } catch {
    // It is set aside when it is due.
    return []
  }
}

function queryTask(given: Given, of: ControlledNode): Json {
  const ids = new Set(textsIn(given, 'ids'))
  const found = of.inHand.filter(({ work }) => ids.has(work.message.id)).slice(0, mostTold)
  return Object.fromEntries(
    found.map((each) => [each.work.message.id, [each.begun ? 'active' : 'reserved', infoOf(each, of, false)]]),
  )
}

function infoOf({ work, begun }: InHand, { node }: ControlledNode, safe: boolean): Json {
  const { claim, message, task, begunAt } = work
  const { raw, queue } = claim
  return taskInfo({ message, raw, queue, task, node, begunAt: begun ? begunAt : null, safe })
}

/** A queue, its exchange and how they are bound (kombu.Queue.as_dict). */
function activeQueues(_given: Given, { queues }: ControlledNode): Json {
  return queues.bindings.map(({ name, exchange, routingKey }) => ({
    name,
    exchange: {
      name: exchange,
      type: 'direct',
      arguments: null,
      durable: true,
      passive: false,
      auto_delete: false,
      delivery_mode: null,
      no_declare: false,
    },
    routing_key: routingKey,
    queue_arguments: null,
    binding_arguments: null,
    consumer_arguments: null,
    durable: true,
    exclusive: false,
    auto_delete: false,
    no_ack: false,
    alias: null,
    bindings: [],
    no_declare: null,
    expires: null,
    message_ttl: null,
    max_length: null,
    max_length_bytes: null,
    max_priority: null,
  }))
}

function conf(given: Given, { facts }: ControlledNode): Json {
  return facts.conf(given['with_defaults'] === true)
}

/** Celery measures its own process with psutil, in five digits. */
function memorySample(): Json {
  return `${Number((process.memoryUsage.rss() / 1024 / 1024).toPrecision(5))}MB`
}

/** As Python's isoformat: microseconds, and none where there are none. */
function pythonTime(milliseconds: number): string {
  const [seconds = '', fraction = ''] = new Date(milliseconds).toISOString().slice(0, -1).split('.')
  return `${seconds}${fraction === '000' ? '' : `.${fraction}000`}+00:00`
}

/** The commands that look at a node, under Celery's names and other names. */
export const inspectCommands: readonly [string, ControlCommand][] = [
  ['ping', () => ok('pong')],
  ['clock', (_given, { clock }) => ({ clock: clock.value })],
  // A node asks it of the others when it starts; its own must stay unanswered.
  ['hello', (given, of) => (given['from_node'] === of.node ? undefined : { revoked: {}, clock: of.clock.forward() })],
  ['active', active],
  ['dump_active', active],
  ['reserved', reserved],
  ['dump_reserved', reserved],
  ['scheduled', scheduled],
  ['dump_schedule', scheduled],
  ['revoked', (_given, { revoked }) => revoked.slice(-mostRevoked)],
  ['dump_revoked', (_given, { revoked }) => revoked.slice(-mostRevoked)],
  ['query_task', queryTask],
  ['registered', registered],
  ['dump_tasks', registered],
  ['active_queues', activeQueues],
  ['stats', (_given, of) => nodeStats(of)],
  ['conf', conf],
  ['dump_conf', conf],
  ['report', (_given, { facts }) => ok(facts.report())],
  ['memsample', memorySample],
]
