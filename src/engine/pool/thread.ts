import { workerData } from 'node:worker_threads'
import { loadTasks } from '../catalogue.ts'
import type { Outcome } from '../outcome.ts'
import type { Job, ThreadData } from './pool.ts'
import { runJob } from './run-job.ts'

/*
 * What runs in a thread: it loads the task files once, when it starts, then runs jobs.
 * It holds no Redis connection and imports nothing that reads the configuration.
 */
const { files, settings } = workerData as ThreadData
const catalogue = await loadTasks(files)

/** Runs one job; called by the pool for each. */
export function run(job: Job): Promise<Outcome> {
  return runJob(catalogue.tasks, settings, job)
}
