import { loadPlaces } from '../config/load-places.ts'
import { BrokerKeys } from '../engine/broker/keys.ts'
import { QueuePause, type PausedQueue } from '../engine/broker/queue-pause.ts'
import { withRedis } from './command-redis.ts'
import { printable, printableJson } from './terminal-text.ts'

/** Where the queues are. */
interface QueueOptions {
  readonly broker?: string
  readonly dataDir?: string
  readonly json?: boolean
}

/**
 * `lovage queue pause`: no Lovage process takes tasks from these queues, until they are resumed.
 *
 * @throws EngineError for a name that is no queue's; those before it are paused
 */
export function pauseQueues(names: readonly string[], options: QueueOptions): Promise<void> {
  return change(names, options, 'paused', (queues, name) => queues.pause(name))
}

/**
 * `lovage queue resume`: tasks are taken from them again.
 *
 * @throws EngineError for a name that is no queue's; those before it are resumed
 */
export function resumeQueues(names: readonly string[], options: QueueOptions): Promise<void> {
  return change(names, options, 'resumed', (queues, name) => queues.resume(name))
}

/** `lovage queue list`: prints the queues that are paused. */
export function listPaused(options: QueueOptions): Promise<void> {
  return withQueues(options, async (queues) => {
    const paused = await queues.list()
    process.stdout.write(options.json === true ? `${printableJson(paused.map(shown))}\n` : pausedText(paused))
  })
}

/** One line for each. */
export function pausedText(paused: readonly PausedQueue[]): string {
  if (paused.length === 0) return 'no queue is paused\n'
  return paused.map((queue) => `${printable(queue.name)}: paused since ${shown(queue).since}\n`).join('')
}

function shown({ name, since }: PausedQueue): { readonly name: string; readonly since: string } {
  return { name, since: new Date(since).toISOString() }
}

function change(
  names: readonly string[],
  options: QueueOptions,
  done: 'paused' | 'resumed',
  step: (queues: QueuePause, name: string) => Promise<boolean>,
): Promise<void> {
  return withQueues(options, async (queues) => {
    const changed: string[] = []
    for (const name of names) {
      const isNew = await step(queues, name)
      if (isNew) changed.push(name)
      const text = isNew ? done : done === 'paused' ? 'was paused already' : 'was not paused'
      if (options.json !== true) process.stdout.write(`${printable(name)}: ${text}\n`)
    }
    if (options.json === true) process.stdout.write(`${printableJson({ [done]: changed })}\n`)
  })
}

/** Connects to the broker, and lets go of it whatever happens. */
async function withQueues(
  { broker, dataDir }: QueueOptions,
  use: (queues: QueuePause) => Promise<void>,
): Promise<void> {
  const places = await loadPlaces({ env: process.env, flags: { broker, dataDir } })
  await withRedis(places, ['broker'], async (redis) => {
    await use(new QueuePause({ redis: await redis.connect('broker'), keys: new BrokerKeys() }))
  })
}
