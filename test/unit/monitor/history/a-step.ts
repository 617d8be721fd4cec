import { Histogram } from '../../../../src/engine/histogram.ts'
import {
  emptyStep,
  emptyTask,
  outcomeNames,
  type QueueStep,
  type Step,
  type TaskStep,
} from '../../../../src/monitor/history/step.ts'

/** A task's counts, of runs that took so many milliseconds each. */
export function aTask(runs: readonly number[], failed = 0): TaskStep {
  const histogram = new Histogram()
  for (const run of runs) histogram.note(run)
  const task = emptyTask()
  task.outcomes[outcomeNames.indexOf('succeeded')] = runs.length - failed
  task.outcomes[outcomeNames.indexOf('failed')] = failed
  for (const counts of [task.wait, task.run, task.total]) counts.set(histogram.snapshot().counts)
  return task
}

export function aQueue(fields: Partial<QueueStep> = {}): QueueStep {
  return { waiting: 0, scheduled: 0, retrying: 0, dead: 0, oldestAge: null, ...fields }
}

/** A step of one process that covers ten seconds. */
export function aStep(
  fields: { tasks?: Record<string, TaskStep>; queues?: Record<string, QueueStep>; running?: number; ms?: number } = {},
): Step {
  const { tasks = {}, queues = {}, running = 0, ms = 10_000 } = fields
  return {
    ...emptyStep(),
    ms,
    running,
    processes: 1,
    tasks: new Map(Object.entries(tasks)),
    queues: new Map(Object.entries(queues)),
  }
}
