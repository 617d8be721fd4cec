import { histogramBoundsMs } from '../../engine/histogram.ts'
import type { TallySnapshot } from '../../engine/inspector.ts'
import type { OutcomeName } from '../wire-types.ts'

/** The outcomes, in the order in which their counts are kept: a new one goes to the end. */
export const outcomeNames = [
  'succeeded',
  'failed',
  'retried',
  'rejected',
  'requeued',
  'ignored',
  'replaced',
  'revoked',
  'expired',
  'unreadable',
] as const satisfies readonly OutcomeName[]

/** The three histograms of a task. */
export const latencyNames = ['wait', 'run', 'total'] as const

/** Buckets of each of them; their bounds are those of the engine's histograms. */
export const bucketCount = histogramBoundsMs.length + 1

/** Stands for the tasks that were too many to keep apart. */
export const otherTasks = '(others)'

/** What became of the tasks of one name during a step. Only counts: those of several steps, or processes, are added. */
export interface TaskStep {
  /** In the order of `outcomeNames`. */
  readonly outcomes: Float64Array
  readonly wait: Float64Array
  readonly run: Float64Array
  readonly total: Float64Array
}

/** A queue at the end of a step. Ages in milliseconds. */
export interface QueueStep {
  readonly waiting: number
  readonly scheduled: number
  readonly retrying: number
  readonly dead: number
  readonly oldestAge: number | null
}

/** How it went for a while, in one process or several. */
export interface Step {
  /** How much of the time it covers, in milliseconds. */
  ms: number
  /** Tasks that ran, on the average. */
  running: number
  /** How many processes it is of. */
  processes: number
  readonly queues: Map<string, QueueStep>
  readonly tasks: Map<string, TaskStep>
}

export function emptyStep(): Step {
  return { ms: 0, running: 0, processes: 0, queues: new Map(), tasks: new Map() }
}

export function emptyTask(): TaskStep {
  return { outcomes: new Float64Array(outcomeNames.length), wait: noneYet(), run: noneYet(), total: noneYet() }
}

function noneYet(): Float64Array {
  return new Float64Array(bucketCount)
}

/** What became of tasks between two snapshots of a process; those of which nothing is left out. */
export function tasksBetween(before: TallySnapshot, now: TallySnapshot): Map<string, TaskStep> {
  const tasks = new Map<string, TaskStep>()
  for (const [name, counts] of now.tasks) {
    const earlier = before.tasks.get(name)
    const outcomes = Float64Array.from(outcomeNames, (end) => counts.ends[end] - (earlier?.ends[end] ?? 0))
    if (!outcomes.some((count) => count > 0)) continue
    const grown = (of: (typeof latencyNames)[number]): Float64Array =>
      counts[of].counts.map((count, index) => count - (earlier?.[of].counts[index] ?? 0))
    tasks.set(name, { outcomes, wait: grown('wait'), run: grown('run'), total: grown('total') })
  }
  return tasks
}

/** Adds what became of tasks. */
export function addTasks(to: Map<string, TaskStep>, tasks: ReadonlyMap<string, TaskStep>): void {
  for (const [name, { outcomes, wait, run, total }] of tasks) {
    const sum = to.get(name) ?? emptyTask()
    to.set(name, sum)
    addTo(sum.outcomes, outcomes)
    addTo(sum.wait, wait)
    addTo(sum.run, run)
    addTo(sum.total, total)
  }
}

/** Adds what came later, of the same processes: queues are as they are at the end. */
export function addLater(step: Step, later: Step): void {
  const ms = step.ms + later.ms
  step.running = ms === 0 ? 0 : (step.running * step.ms + later.running * later.ms) / ms
  step.ms = ms
  step.processes = Math.max(step.processes, later.processes)
  for (const [name, queue] of later.queues) step.queues.set(name, queue)
  addTasks(step.tasks, later.tasks)
}

/** Adds what another process says of the same time. Of a queue that both have looked at, neither knows better: the greater figures count. */
export function addBeside(step: Step, other: Step): void {
  step.ms = Math.max(step.ms, other.ms)
  step.running += other.running
  step.processes += other.processes
  for (const [name, queue] of other.queues) step.queues.set(name, greater(step.queues.get(name) ?? queue, queue))
  addTasks(step.tasks, other.tasks)
}

/** How many messages were worked off. */
export function endsIn(tasks: Iterable<TaskStep>): number {
  let sum = 0
  for (const { outcomes } of tasks) for (const count of outcomes) sum += count
  return sum
}

function addTo(sum: Float64Array, counts: Float64Array): void {
  for (const [index, count] of counts.entries()) sum[index] = (sum[index] ?? 0) + count
}

function greater(one: QueueStep, other: QueueStep): QueueStep {
  const ages = [one.oldestAge, other.oldestAge].filter((age) => age !== null)
  return {
    waiting: Math.max(one.waiting, other.waiting),
    scheduled: Math.max(one.scheduled, other.scheduled),
    retrying: Math.max(one.retrying, other.retrying),
    dead: Math.max(one.dead, other.dead),
    oldestAge: ages.length === 0 ? null : Math.max(...ages),
  }
}
