import type { Json } from '../wire-value.ts'
import type { ControlledNode } from './controlled-node.ts'

/** What Celery calls a worker's statistics (celery.worker.WorkController.stats), and `rate_limited`, where anything waits so. */
export async function nodeStats(of: ControlledNode): Promise<Json> {
  const limited = await of.limited()
  const started = [...of.tasks].filter(([, known]) => known.started > 0)
  return {
    total: Object.fromEntries(started.map(([name, known]) => [name, known.started])),
    pid: process.pid,
    clock: String(of.clock.value),
    uptime: Math.round(of.uptime),
    pool: poolInfo(of),
    ...(of.autoscaler !== null && { autoscaler: { ...of.autoscaler.info } }),
    broker: { ...of.facts.broker },
    ...(limited.size > 0 && { rate_limited: Object.fromEntries(limited) }),
    // No more is claimed than can start at once; short tasks share a slot.
    prefetch_count: of.slots,
    rusage: resourceUsage(),
  }
}

/** Of the pool of tasks that name none. */
function poolInfo({ pools, facts }: ControlledNode): Json {
  const settings = facts.conf(true)
  const [pool] = pools
  return {
    implementation: `lovage.pool:${pool?.kind ?? ''}`,
    'max-concurrency': pool?.concurrency ?? 0,
    'max-tasks-per-child': settings['worker_max_tasks_per_child'] ?? 'N/A',
    // Threads, as Node counts them; the process where there are none.
    processes: pool === undefined || pool.threadIds.length === 0 ? [process.pid] : [...pool.threadIds],
    'put-guarded-by-semaphore': true,
    timeouts: [settings['task_soft_time_limit'] ?? 0, settings['task_time_limit'] ?? 0],
    writes: 'N/A',
  }
}

/** getrusage(2) under Python's names: times in seconds, memory in KiB. */
function resourceUsage(): Json {
  const usage = process.resourceUsage()
  return {
    utime: usage.userCPUTime / 1_000_000,
    stime: usage.systemCPUTime / 1_000_000,
    maxrss: usage.maxRSS,
    ixrss: usage.sharedMemorySize,
    idrss: usage.unsharedDataSize,
    isrss: usage.unsharedStackSize,
    minflt: usage.minorPageFault,
    majflt: usage.majorPageFault,
    nswap: usage.swappedOut,
    inblock: usage.fsRead,
    oublock: usage.fsWrite,
    msgsnd: usage.ipcSent,
    msgrcv: usage.ipcReceived,
    nsignals: usage.signalsCount,
    nvcsw: usage.voluntaryContextSwitches,
    nivcsw: usage.involuntaryContextSwitches,
  }
}
