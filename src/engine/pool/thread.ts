import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { loadTasks } from '../catalogue.ts'
import type { Outcome } from '../outcome.ts'
import type { Batch, BatchedJob } from './batch.ts'
import { BatchCells } from './batch-cells.ts'
import { BatchRunner } from './batch-runner.ts'
import { LogLines } from './log-lines.ts'
import type { Job, JobReply, LogLine, StateMessage, ThreadData, ThreadLink } from './pool.ts'
import { runJob } from './run-job.ts'
import { StateThrottle } from './state-throttle.ts'

/*
 * What runs in a thread: it loads the task files once, when it starts, then runs jobs.
 * It holds no Redis connection and imports nothing that reads the configuration.
 */
const { files, settings, maxResultBytes, tracing } = workerData as ThreadData
// Not loaded where nothing is traced.
const tracer = tracing === null ? null : await (await import('../tracing/open-tracer.ts')).tracerOf(tracing)
const catalogue = await loadTasks(files)
const states = new StateThrottle((message) => {
  // A thread's port, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message)
})
const logs = new LogLines((message) => {
  // A thread's port, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message)
})
const surroundings = {
  tasks: catalogue.tasks,
  settings,
  maxResultBytes,
  onState: (key: number, state: string, meta: StateMessage['meta']): void => states.report({ key, state, meta }),
  onLog: (line: LogLine): void => logs.add(line),
  tracer,
}
async function runOne(job: BatchedJob): Promise<Outcome> {
  const outcome = await runJob(surroundings, job)
  states.end(job.key)
  return outcome
}

/** Answered when the task files are loaded. The link is handed over here, where the tasks' own code does not get at it. */
export function ready({ cells, batches, outcomes }: ThreadLink): void {
  const runner = new BatchRunner({ cells: new BatchCells(cells), outcomes, runOne })
  batches.on('message', (batch: Batch) => void runBatch(runner, batch, batches))
}

/** Runs one job; called by the pool for each. */
export async function run(job: Job): Promise<JobReply> {
  const outcome = await runOne(job)
  // The lines of a task come before its end.
  logs.flush()
  return { outcome, heapKiB: Math.round(getHeapStatistics().used_heap_size / 1024) }
}

/** Has the spans of what has run sent on. */
export async function flush(): Promise<void> {
  await tracer?.flush()
}

/** Runs short jobs one after another; their outcomes are in the cells. Says when that is done. */
async function runBatch(runner: BatchRunner, batch: Batch, port: MessagePort): Promise<void> {
  await runner.run(batch)
  // A port, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  port.postMessage(null)
}
