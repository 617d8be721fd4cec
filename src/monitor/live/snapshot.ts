import type {
  Entry,
  Inspector,
  Look,
  NodeFigures,
  QueueFigures,
  RunningFigures,
  TickFigures,
} from '../../engine/inspector.ts'
import type { RecentHistory } from '../history/recent-history.ts'
import type {
  BeatRow,
  LivePoint,
  LiveSnapshot,
  ProcessRow,
  QueueRow,
  RunningTask,
  SmsFigures,
  ThreadRow,
} from '../wire-types.ts'

/** Most tasks that are told of for a thread; the async pool may have hundreds on one. */
const mostPerThread = 50

/** Priority steps of kombu, in the order of the lists. */
const prioritySteps = ['0', '3', '6', '9']

/** What it is made of. */
export interface SnapshotOptions {
  readonly inspector: Inspector
  readonly recent: Pick<RecentHistory, 'look'>
  /** Periodic tasks of the settings, whichever process sends them. */
  readonly entries: readonly Entry[]
  /** Of gateways and budgets, which are nothing of the engine's. */
  readonly sms: () => Promise<SmsFigures>
}

/**
 * The figures of this moment. All that is asked of Redis is asked at once.
 *
 * @throws what the engine's inspector throws where Redis is away
 */
export async function liveSnapshot({ inspector, recent, entries, sms }: SnapshotOptions): Promise<LiveSnapshot> {
  const [look, nodes, ticks, { latency, tasks }, smsFigures] = await Promise.all([
    inspector.look(),
    inspector.nodes(),
    inspector.ticks(entries),
    recent.look(),
    sms(),
  ])
  const { running } = inspector
  const processes = processRows(inspector, running.length, nodes, look.now)
  return {
    totals: totalsOf(look, processes),
    latency,
    tasks,
    queues: look.queues.map(queueRow),
    threads: threadRows(inspector.threads, running, look.now),
    processes,
    beat: ticks.map(beatRow).toSorted((one, other) => (one.next ?? Infinity) - (other.next ?? Infinity)),
    sms: smsFigures,
  }
}

function totalsOf({ now, queues }: Look, processes: readonly ProcessRow[]): LivePoint {
  const sum = (figure: (queue: QueueFigures) => number): number =>
    queues.reduce((total, queue) => total + figure(queue), 0)
  const present = processes.filter(({ state }) => state !== 'offline')
  return {
    time: now,
    perSecond: present.reduce((total, { perSecond }) => total + (perSecond ?? 0), 0),
    waiting: sum((queue) => waitingOn(queue) + queue.limited),
    running: present.reduce((total, { running }) => total + (running ?? 0), 0),
    scheduled: sum(({ scheduled }) => scheduled),
    retrying: sum(({ retrying }) => retrying),
    dead: sum(({ dead }) => dead),
  }
}

function queueRow({ byPriority, ...queue }: Look['queues'][number]): QueueRow {
  const steps = byPriority.map((count, index) => [prioritySteps[index] ?? '', count] as const)
  return {
    ...queue,
    waiting: waitingOn({ byPriority }),
    byPriority: Object.fromEntries(steps.filter(([, count]) => count > 0)),
  }
}

function waitingOn({ byPriority }: Pick<QueueFigures, 'byPriority'>): number {
  return byPriority.reduce((sum, count) => sum + count, 0)
}

/** What runs on a thread that is about to end has a row, too. */
function threadRows(threads: Inspector['threads'], running: readonly RunningFigures[], now: number): ThreadRow[] {
  return threads.map(({ thread, pool }) => {
    const onIt = running.filter((task) => task.thread === thread)
    return {
      thread,
      pool,
      count: onIt.length,
      running: onIt.slice(0, mostPerThread).map((task) => runningTask(task, now)),
    }
  })
}

function runningTask({ id, name, queue, since, retries }: RunningFigures, now: number): RunningTask {
  return { id, name, queue, since, for: Math.max(Math.round(now - since), 0), retries }
}

function processRows(inspector: Inspector, running: number, nodes: readonly NodeFigures[], now: number): ProcessRow[] {
  const rows = nodes.map((node): ProcessRow => {
    const here = node.name === inspector.node
    const { heardAgo, ...figures } = node
    return {
      ...figures,
      here,
      lastSeen: heardAgo === null ? null : now - heardAgo,
      slots: here ? inspector.slots : null,
      memory: here ? process.memoryUsage.rss() : null,
      // What it knows itself is newer than what it has told.
      ...(here && { running, perSecond: inspector.perSecond }),
    }
  })
  return rows.toSorted((one, other) => Number(other.here) - Number(one.here))
}

function beatRow({ name, task, schedule, next, lastSent, sent, missed }: TickFigures): BeatRow {
  return { name, task, schedule, next, lastSent, sent, missed }
}
