import type { Settings } from '../../config/default.ts'

/** The queues that tasks are taken from: those that are named, without those that are excluded. */
export function servedQueues({
  queues,
  excludeQueues,
}: Pick<Settings['worker'], 'queues' | 'excludeQueues'>): string[] {
  return queues.filter((name) => excludeQueues?.includes(name) !== true)
}
