import { loadPlaces } from '../config/load-places.ts'
import { RedisResults } from '../engine/results/redis-results.ts'
import { CommandError } from './command-error.ts'
import { withRedis } from './command-redis.ts'
import type { RedisPlaces } from './redis-places.ts'
import { showResult, type ResultView } from './result-output.ts'

/** How long is waited. */
export interface WaitOptions {
  readonly wait?: boolean
  /** Seconds. */
  readonly timeout?: number
}

/** Of whom and how it is asked. */
export interface ResultOptions extends ResultView, WaitOptions {
  readonly broker?: string
  readonly resultBackend?: string
  readonly dataDir?: string
}

/**
 * `lovage result`: prints what a task gave.
 *
 * @throws CommandError where it failed, or has not ended
 */
export async function printResult(id: string, options: ResultOptions): Promise<void> {
  const { broker, resultBackend, dataDir } = options
  const places = await loadPlaces({ env: process.env, flags: { broker, resultBackend, dataDir } })
  await withRedis(places, ['results'], async (redis) => {
    await printFrom(await openResults(redis), id, options)
  })
}

/** Connects to where results are. @throws RedisSetupError */
export async function openResults(redis: RedisPlaces): Promise<RedisResults> {
  return new RedisResults({
    redis: await redis.connect('results'),
    openSubscriber: () => redis.connect('results', 'subscriber'),
    sharesBroker: redis.same('results', 'broker'),
    // Nothing is stored.
    ttlSeconds: 1,
  })
}

/** @throws CommandError */
export async function printFrom(results: RedisResults, id: string, options: ResultView & WaitOptions): Promise<void> {
  if (id === '') throw new CommandError('expected the id of a task, came nothing', { exit: 'usage' })
  const { wait = false, timeout } = options
  const ended = wait ? await results.wait(id, timeout === undefined ? null : timeout * 1000) : null
  const { text, error } = showResult(id, ended ?? (await results.read(id)), options)
  process.stdout.write(text)
  if (error !== null) throw error
}
