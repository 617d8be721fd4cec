import type {
  HistoryAnswer,
  HistoryColumn,
  HistoryPercentiles,
  HistoryQueue,
  Latency,
  OutcomeName,
  Percentiles,
} from '../wire-types.ts'
import { percentiles } from './percentiles.ts'
import { addTasks, emptyTask, endsIn, latencyNames, outcomeNames, type QueueStep, type Step } from './step.ts'

/** Most tasks and queues that are named. */
const mostTasks = 200
const mostQueues = 50

type Figure = (step: Step) => number | null

/**
 * The columns of a history.
 *
 * @param steps one for each time, in order; null: nobody was there
 * @param times Unix milliseconds of their beginnings
 * @param stepSeconds how long they are
 * @param task of this one alone latency and outcomes are told; null: of all
 */
export function historyAnswer(
  steps: readonly (Step | null)[],
  times: readonly number[],
  stepSeconds: number,
  task: string | null,
): HistoryAnswer {
  const column = (figure: Figure): HistoryColumn => steps.map((step) => (step === null ? null : figure(step)))
  // Without any queue it is not known what was on them: Redis was away.
  const ofQueues = (figure: (queue: QueueStep) => number): HistoryColumn =>
    column(({ queues }) =>
      queues.size === 0 ? null : [...queues.values()].reduce((sum, queue) => sum + figure(queue), 0),
    )
  const sums = steps.map((step) => (step === null ? null : sumOf(step, task)))
  const outcome = (index: number): HistoryColumn => sums.map((sum) => sum?.outcomes[index] ?? null)
  const outcomes = Object.fromEntries(outcomeNames.map((name, index) => [name, outcome(index)]))
  const latency = latencyNames.map((name) => [
    name,
    columnsOf(sums.map((sum) => (sum === null ? null : percentiles(sum[name])))),
  ])
  return {
    step: stepSeconds,
    times,
    perSecond: column(({ tasks, ms }) => (ms === 0 ? 0 : (endsIn(tasks.values()) * 1000) / ms)),
    outcomes: outcomes as Record<OutcomeName, HistoryColumn>,
    latency: Object.fromEntries(latency) as Record<keyof Latency, HistoryPercentiles>,
    waiting: ofQueues(({ waiting }) => waiting),
    scheduled: ofQueues(({ scheduled }) => scheduled),
    retrying: ofQueues(({ retrying }) => retrying),
    dead: ofQueues(({ dead }) => dead),
    oldestAge: column(({ queues }) => oldest(queues.values())),
    running: column(({ running }) => running),
    processes: column(({ processes }) => processes),
    tasks: busiest(steps),
    queues: queuesOf(steps),
  }
}

function sumOf({ tasks }: Step, task: string | null): ReturnType<typeof emptyTask> {
  const sum = emptyTask()
  for (const [name, each] of tasks) {
    if (task === null || task === name) addTasks(new Map([['', sum]]), new Map([['', each]]))
  }
  return sum
}

function columnsOf(of: readonly (Percentiles | null)[]): HistoryPercentiles {
  const column = (part: 'p50' | 'p95' | 'p99'): HistoryColumn => of.map((each) => each?.[part] ?? null)
  return { p50: column('p50'), p95: column('p95'), p99: column('p99') }
}

function busiest(steps: readonly (Step | null)[]): string[] {
  const ends = new Map<string, number>()
  for (const step of steps) {
    for (const [name, task] of step?.tasks ?? []) ends.set(name, (ends.get(name) ?? 0) + endsIn([task]))
  }
  return [...ends]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, mostTasks)
    .map(([name]) => name)
}

function queuesOf(steps: readonly (Step | null)[]): HistoryQueue[] {
  const names = new Set(steps.flatMap((step) => [...(step?.queues.keys() ?? [])]))
  return [...names]
    .toSorted()
    .slice(0, mostQueues)
    .map((name) => ({
      name,
      waiting: steps.map((step) => step?.queues.get(name)?.waiting ?? null),
      oldestAge: steps.map((step) => step?.queues.get(name)?.oldestAge ?? null),
    }))
}

function oldest(queues: Iterable<QueueStep>): number | null {
  const ages = [...queues].map(({ oldestAge }) => oldestAge).filter((age) => age !== null)
  return ages.length === 0 ? null : Math.max(...ages)
}
