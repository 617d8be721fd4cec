import type { Logger } from 'pino'
import type { FlagValues } from '../config/flags-table.ts'
import { loadSettings } from '../config/load-settings.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { createBeat, type Beat, type Catalogue, type Tracer } from '../engine/index.ts'
import { bannerText, periodicText } from './banner.ts'
import { ClosingStack } from './closing-stack.ts'
import { beatSettings, readPeriodicTasks, engineLimits, loadCatalogue } from './engine-parts.ts'
import { createLog } from './log.ts'
import { periodicLines } from './periodic-lines.ts'
import { flushLast, openTracing } from './open-tracing.ts'
import { RedisPlaces } from './redis-places.ts'
import { StopSignals } from './stop-signals.ts'
import { version } from './version.ts'

/**
 * `lovage beat`: sends periodic tasks when they are due, and runs none.
 *
 * @param flags the command line's options
 */
export async function startBeat(flags: FlagValues): Promise<void> {
  const { settings } = loadSettings({ env: process.env, flags })
  readPeriodicTasks(settings)
  const tracer = await openTracing()
  const logger = await createLog(settings.log.level, tracer)
  const catalogue = await loadCatalogue(settings.worker.tasks)
  const signals = new StopSignals()
  signals.listen()
  const stack = new ClosingStack()
  flushLast(tracer, stack)
  try {
    const { redis, beat } = await signals.duringStart(openParts(settings, catalogue, { logger, tracer }, stack))
    beat.start()
    process.stdout.write(
      bannerText(
        { version: version(), node: settings.worker.node },
        {
          broker: await redis.describe('broker'),
          'time zone': settings.beat.timezone,
          beat: periodicText(periodicLines(beat.entries)),
        },
      ),
    )
    const signal = await signals.stop
    logger.info({ signal }, 'stopping: no more periodic tasks are sent')
    await beat.stop()
    logger.info({}, 'stopped')
  } finally {
    await stack.close()
  }
}

async function openParts(
  settings: ResolvedSettings,
  catalogue: Catalogue,
  { logger, tracer }: { readonly logger: Logger; readonly tracer: Tracer | null },
  stack: ClosingStack,
): Promise<{ redis: RedisPlaces; beat: Beat }> {
  const redis = stack.add(await RedisPlaces.open(settings, ['broker'], logger), (places) => places.close())
  const { maxQueueLength, maxQueueAgeMs } = engineLimits(settings)
  const beat = createBeat({
    redis: await redis.connect('broker'),
    node: settings.worker.node,
    settings: beatSettings(settings),
    defaultQueue: settings.worker.queues[0] ?? 'celery',
    tasks: catalogue.tasks,
    limits: { maxQueueLength, maxQueueAgeMs },
    sentEvents: settings.events.sent,
    tracer,
    logger,
  })
  return { redis, beat }
}
