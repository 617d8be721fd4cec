import { loadPlaces } from '../config/load-places.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { QueuePurge, type Purged } from '../engine/broker/queue-purge.ts'
import { checkQueueName } from '../engine/queues.ts'
import { withRedis } from './command-redis.ts'
import { confirm } from './confirm.ts'
import { withProgress } from './progress.ts'
import { printableJson } from './terminal-text.ts'

/** Which queues are meant, and where they are. */
export interface PurgeOptions {
  readonly broker?: string
  readonly dataDir?: string
  /** Names with commas. */
  readonly queues?: string
  readonly excludeQueues?: string
  readonly scheduled?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/**
 * `lovage purge`: removes what waits on queues, after asking.
 *
 * @throws CommandError where nobody can be asked and it was not forced; EngineError for a name that is no queue's
 */
export async function purge({ scheduled = false, force, json, ...flags }: PurgeOptions): Promise<void> {
  const { broker, dataDir, queues, excludeQueues } = flags
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir, queues, excludeQueues } })
  const names = places.worker.queues
  for (const name of names) checkQueueName(name)
  if (force !== true && !(await confirm(question(names, scheduled))))
    return void process.stdout.write('nothing purged\n')
  const purged = await withRedis(places, ['broker'], async (redis) => {
    const purge = new QueuePurge({ redis: await redis.connect('broker'), keys: new BrokerKeys() })
    return withProgress(async (progress) => {
      const found: [queue: string, purged: Purged][] = []
      for (const [index, name] of names.entries()) {
        const [removed] = totals(found, scheduled)
        progress.tell(`queue ${index + 1} of ${names.length}, ${name}; ${removed} ${plural(removed, 'message')} purged`)
        found.push([name, await purge.purge(name, { scheduled })])
      }
      return found
    })
  })
  process.stdout.write(json === true ? purgedJson(purged, scheduled) : purgedText(purged, scheduled))
}

function question(names: readonly string[], scheduled: boolean): string {
  const what = scheduled ? 'what is due later, too' : 'not what is due later'
  return `This removes all tasks that wait on the ${plural(names.length, 'queue')} ${names.join(', ')}; ${what}. There is no way back. Purge?`
}

/** In Celery's words (celery.bin.purge); below, what it has no words for. */
export function purgedText(purged: readonly (readonly [string, Purged])[], scheduled: boolean): string {
  const [removed, left] = totals(purged, scheduled)
  const queues = plural(purged.length, 'queue')
  const first =
    removed === 0
      ? `No messages purged from ${purged.length} ${queues}.`
      : `Purged ${removed} ${plural(removed, 'message')} from ${purged.length} known task ${queues}.`
  const more =
    left === 0
      ? ''
      : `Left there, because ${left === 1 ? 'it is' : 'they are'} due later: ${left}; --scheduled removes them, too.\n`
  return `${first}\n${more}`
}

function purgedJson(purged: readonly (readonly [string, Purged])[], scheduled: boolean): string {
  const [removed, left] = totals(purged, scheduled)
  const queues = purged.map(([name, { messages, scheduled: later }]) => [name, messages + (scheduled ? later : 0)])
  return `${printableJson({ purged: removed, scheduled: left, queues: Object.fromEntries(queues) })}\n`
}

/** How many were removed, and how many that are due later are still there. */
function totals(purged: readonly (readonly [string, Purged])[], scheduled: boolean): [removed: number, left: number] {
  const waiting = purged.reduce((sum, [, { messages }]) => sum + messages, 0)
  const later = purged.reduce((sum, [, { scheduled }]) => sum + scheduled, 0)
  return scheduled ? [waiting + later, 0] : [waiting, later]
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`
}
