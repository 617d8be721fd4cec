import { loadSettings, type LoadedSettings } from '../config/load-settings.ts'
import type { FlagValues } from '../config/flags-table.ts'
import { createLog } from './log.ts'
import { openEngine } from './engine-parts.ts'
import { RedisPlaces } from './redis-places.ts'
import { StopSignals } from './stop-signals.ts'
import { bannerOf } from './process-banner.ts'

/**
 * `lovage worker`: takes tasks from the queue and runs them; no HTTP.
 *
 * @param flags the command line's options
 */
export async function startWorker(flags: FlagValues): Promise<void> {
  const loaded: LoadedSettings = loadSettings({ env: process.env, flags })
  const { settings } = loaded
  const logger = await createLog(settings.log.level)
  const signals = new StopSignals()
  signals.listen()
  const redis = await RedisPlaces.open(settings, ['broker', 'results'], logger)
  try {
    const engine = await openEngine(settings, redis, logger)
    await engine.worker.start()
    process.stdout.write(bannerOf(settings, redis, engine, null))
    const signal = await signals.stop
    logger.info({ signal, running: engine.worker.activity.running }, 'stopping: running tasks end')
    const handedBack = await engine.worker.stop(stopDeadline(signals, settings.worker.shutdownTimeoutMs))
    logger.info({ handedBack }, 'stopped')
  } finally {
    await redis.close()
  }
}

/** Resolves when running tasks have had their time, or somebody does not want to wait for them. */
export function stopDeadline(signals: StopSignals, graceMs: number): Promise<unknown> {
  return Promise.race([signals.hurry, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
}
