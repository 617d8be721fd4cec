import {
  addTasks,
  bucketCount,
  emptyTask,
  endsIn,
  otherTasks,
  outcomeNames,
  type QueueStep,
  type Step,
  type TaskStep,
} from './step.ts'

/** No more is kept of a step, in bytes: of the tasks those that ran the least are put together. */
export const mostStepBytes = 16_384

/** A part of that is for the queues, those in front. */
const mostQueueBytes = 4_096

/** A task with something in every place of every histogram, with counts of five digits, is no longer than this, in bytes. */
const longestTask = 4_096

/** Longer names of tasks and queues are cut, in characters. */
const longestName = 200

/**
 * What is kept of a step of one process: JSON of `m` the milliseconds that it covers, `r` the tasks that ran, `q` the queues by name
 * (waiting, scheduled, retrying, dead, oldest age or -1), `t` the tasks by name (outcomes, and buckets of wait, run and total). Counts are pairs
 * of place and count, those that are 0 left out.
 */
export function stepText(step: Step): string {
  const head = { m: Math.round(step.ms), r: rounded(step.running), q: queuesThatFit(step.queues) }
  const byEnds = [...step.tasks].toSorted(([, one], [, other]) => endsIn([other]) - endsIn([one]))
  const kept: [name: string, numbers: number[][]][] = []
  // Room for those that are put together: none of them has more than all.
  let bytes = bytesOf(head) + longestTask
  for (const [index, [name, task]] of byEnds.entries()) {
    const entry: (typeof kept)[number] = [cut(name), taskNumbers(task)]
    bytes += bytesOf(entry)
    if (bytes > mostStepBytes) {
      kept.push([otherTasks, taskNumbers(together(byEnds.slice(index)))])
      break
    }
    kept.push(entry)
  }
  return JSON.stringify({ ...head, t: Object.fromEntries(kept) })
}

/** The step of a text; null for what is none: anybody may write into a Redis. */
export function readStep(text: string): Step | null {
  try {
    const { m, r, q, t } = JSON.parse(text) as Record<string, unknown>
    const [ms, running] = [countOf(m), countOf(r)]
    const queues = new Map(entriesOf(q).map(([name, numbers]) => [name, readQueue(numbers)]))
    const tasks = new Map(entriesOf(t).map(([name, numbers]) => [name, readTask(numbers)]))
    return { ms, running, processes: 1, queues, tasks }
  } catch {
    return null
  }
}

function together(tasks: readonly (readonly [string, TaskStep])[]): TaskStep {
  const sum = new Map([[otherTasks, emptyTask()]])
  for (const [, task] of tasks) addTasks(sum, new Map([[otherTasks, task]]))
  return sum.get(otherTasks) ?? emptyTask()
}

function queuesThatFit(queues: ReadonlyMap<string, QueueStep>): Record<string, number[]> {
  let bytes = 0
  const entries = [...queues].map(([name, queue]): [string, number[]] => [cut(name), queueNumbers(queue)])
  return Object.fromEntries(entries.filter((entry) => (bytes += bytesOf(entry)) <= mostQueueBytes))
}

function queueNumbers({ waiting, scheduled, retrying, dead, oldestAge }: QueueStep): number[] {
  return [waiting, scheduled, retrying, dead, oldestAge === null ? -1 : Math.round(oldestAge)]
}

function readQueue(numbers: unknown): QueueStep {
  const [waiting, scheduled, retrying, dead, oldest] = arrayOf(numbers)
  const oldestAge = oldest === -1 ? null : countOf(oldest)
  return {
    waiting: countOf(waiting),
    scheduled: countOf(scheduled),
    retrying: countOf(retrying),
    dead: countOf(dead),
    oldestAge,
  }
}

function taskNumbers({ outcomes, wait, run, total }: TaskStep): number[][] {
  return [outcomes, wait, run, total].map(pairsOf)
}

function readTask(numbers: unknown): TaskStep {
  const [outcomes, wait, run, total] = arrayOf(numbers)
  return {
    outcomes: readPairs(outcomes, outcomeNames.length),
    wait: readPairs(wait, bucketCount),
    run: readPairs(run, bucketCount),
    total: readPairs(total, bucketCount),
  }
}

function pairsOf(counts: Float64Array): number[] {
  return [...counts].flatMap((count, place) => (count === 0 ? [] : [place, count]))
}

function readPairs(numbers: unknown, length: number): Float64Array {
  const counts = new Float64Array(length)
  const pairs = arrayOf(numbers)
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const place = countOf(pairs[at])
    // Of a newer version, which has more of them.
    if (place < length) counts[place] = countOf(pairs[at + 1])
  }
  return counts
}

/** @throws TypeError for what is no number from 0 */
function countOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
  throw new TypeError('expected a number from 0')
}

function arrayOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[]
  throw new TypeError('expected a list')
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  throw new TypeError('expected an object')
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function cut(name: string): string {
  return name.slice(0, longestName)
}
