import type { ControlledNode } from '../../engine/index.ts'
import { MonitorError } from '../monitor-error.ts'
import type { PoolState, QueueState, QueueStates } from '../task-wire-types.ts'
import type { TaskSources } from './task-sources.ts'

/**
 * The queues that this process serves, those that are paused, and its pool.
 *
 * @throws MonitorError UNAVAILABLE where the worker has not started; what the broker's client throws
 */
export async function queueStates(
  sources: Pick<TaskSources, 'worker' | 'queues' | 'queuePause'>,
): Promise<QueueStates> {
  const pool = poolState(controlsOf(sources))
  const served = sources.queues.names
  const paused = new Map((await sources.queuePause.list()).map(({ name, since }) => [name, since]))
  const names = [...new Set([...served, ...paused.keys()])]
  const queues = names.map((name): QueueState => {
    const pausedAt = paused.get(name) ?? null
    return { name, served: served.includes(name), paused: pausedAt !== null, pausedAt }
  })
  return { queues, pool }
}

/** @throws MonitorError UNAVAILABLE where the worker has not started */
export function controlsOf({ worker }: Pick<TaskSources, 'worker'>): ControlledNode {
  if (worker.controls !== null) return worker.controls
  throw new MonitorError('UNAVAILABLE', 'the worker of this process has not started yet', { retryAfter: 1 })
}

/** Of the pool that tasks run in that name none. */
export function poolState({ node, pools, autoscaler }: ControlledNode): PoolState {
  const { kind = 'solo', concurrency = 1 } = pools[0] ?? {}
  return { node, kind, concurrency, fixed: kind === 'solo' ? 'solo' : autoscaler === null ? null : 'autoscale' }
}
