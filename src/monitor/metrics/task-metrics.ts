import type { Registry } from 'prom-client'
import { runEnds, type TallySnapshot, type TaskCounts } from '../../engine/index.ts'
import { readTogether, sample, scrapedCounter } from './scraped.ts'
import { addTallyHistogram } from './tally-histogram.ts'

/** For how long a copy of the tally is good, in milliseconds. */
const tallyMs = 20

/** Where what becomes of tasks is counted. */
export interface TaskSource {
  readonly tally: () => TallySnapshot
  /** Names of the tasks that are shown before anything has become of one; of others, Celery's own, only afterwards. */
  readonly tasks: ReadonlySet<string>
}

/** Adds what becomes of tasks: how often, and how long it took. Names are those that the process knows, so they are bounded. */
export function addTaskMetrics(registry: Registry, { tally, tasks }: TaskSource): void {
  const read = readTogether(tallyMs, tally)
  const shown = (): [name: string, counts: TaskCounts][] =>
    [...read().tasks].filter(([name, { ends }]) => tasks.has(name) || Object.values(ends).some((count) => count > 0))

  scrapedCounter(registry, {
    name: 'lovage_task_runs_total',
    help: 'Runs of tasks, and messages that were not run, by what became of them',
    labelNames: ['task', 'outcome'],
    read: () =>
      shown().flatMap(([task, { ends }]) => runEnds.map((outcome) => sample({ task, outcome }, ends[outcome]))),
  })
  scrapedCounter(registry, {
    name: 'lovage_task_dead_letters_total',
    help: 'Messages that became dead letters',
    labelNames: ['task'],
    read: () => shown().map(([task, { dead }]) => sample({ task }, dead)),
  })
  scrapedCounter(registry, {
    name: 'lovage_foreign_messages_total',
    help: 'Messages that were set aside because no task here has their name, or nobody could read whose they are',
    labelNames: ['kind'],
    read: () => {
      const { unknown, unreadable } = read()
      return [sample({ kind: 'unknown' }, unknown), sample({ kind: 'unreadable' }, unreadable)]
    },
  })
  addTallyHistogram(registry, {
    name: 'lovage_task_wait_seconds',
    help: 'From when a task could have run to the end of its run, the run itself left out',
    read: () => shown().map(([task, { wait }]) => [task, wait]),
  })
  addTallyHistogram(registry, {
    name: 'lovage_task_run_seconds',
    help: 'Runs of tasks in their threads',
    read: () => shown().map(([task, { run }]) => [task, run]),
  })
  addTallyHistogram(registry, {
    name: 'lovage_task_end_to_end_seconds',
    help: 'From when a task was first sent, or was due then, to its end, with all retries',
    read: () => shown().map(([task, { total }]) => [task, total]),
  })
}
