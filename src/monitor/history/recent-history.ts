import type { Inspector } from '../../engine/inspector.ts'
import type { Latency, OutcomeCounts, TaskRow } from '../wire-types.ts'
import { fine, type HistoryStore } from './history-store.ts'
import type { HistoryWriter } from './history-writer.ts'
import { latencyOf } from './percentiles.ts'
import { addTasks, emptyTask, endsIn, outcomeNames, type TaskStep } from './step.ts'

/** Of so long, in milliseconds. */
export const recentMs = 300_000

/** Most tasks that are told of. */
const mostTasks = 200

/** What it works with. */
export interface RecentHistoryOptions {
  readonly inspector: Pick<Inspector, 'now'>
  readonly store: Pick<HistoryStore, 'read'>
  readonly writer: Pick<HistoryWriter, 'pending' | 'writes'>
}

/**
 * What became of tasks in the last five minutes, in all processes: what was written, and of this one what will be. It is read again when this
 * process has written: so do the others, once in as much time.
 */
export class RecentHistory {
  readonly #options: RecentHistoryOptions
  #written = new Map<string, TaskStep>()
  #readAfter = -1

  constructor(options: RecentHistoryOptions) {
    this.#options = options
  }

  /** @throws what the store throws */
  async look(): Promise<{ latency: Latency; tasks: TaskRow[] }> {
    const { inspector, store, writer } = this.#options
    const { writes } = writer
    if (this.#readAfter !== writes) {
      const last = Math.floor(inspector.now() / fine.stepMs)
      const steps = await store.read(fine, last - recentMs / fine.stepMs + 1, last)
      this.#written = new Map()
      for (const step of steps.values()) addTasks(this.#written, step.tasks)
      this.#readAfter = writes
    }
    const tasks = new Map<string, TaskStep>()
    addTasks(tasks, this.#written)
    addTasks(tasks, writer.pending)
    const all = emptyTask()
    for (const task of tasks.values()) addTasks(new Map([['', all]]), new Map([['', task]]))
    const byEnds = [...tasks].toSorted(([, one], [, other]) => endsIn([other]) - endsIn([one]))
    return { latency: latencyOf(all), tasks: byEnds.slice(0, mostTasks).map(taskRow) }
  }
}

function taskRow([name, task]: [string, TaskStep]): TaskRow {
  const perSecond = (endsIn([task]) * 1000) / recentMs
  return { name, outcomes: outcomeCounts(task), perSecond, ...latencyOf(task) }
}

function outcomeCounts({ outcomes }: TaskStep): OutcomeCounts {
  return Object.fromEntries(outcomeNames.map((name, index) => [name, outcomes[index] ?? 0])) as OutcomeCounts
}
