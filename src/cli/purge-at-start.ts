import type { Engine } from '../engine/index.ts'

/**
 * `--purge` of a worker: removes what waits on its queues before it takes anything from them, and says how much that was, in
 * Celery's words. What is due later stays, and so does what another worker has claimed.
 *
 * @throws EngineError for a name that is no queue's
 */
export async function purgeAtStart({ queuePurge }: Engine, queues: readonly string[]): Promise<void> {
  let count = 0
  for (const queue of queues) count += (await queuePurge.purge(queue, { scheduled: false })).messages
  if (count > 0)
    process.stdout.write(`purge: Erased ${count} ${count === 1 ? 'message' : 'messages'} from the queue.\n`)
}
