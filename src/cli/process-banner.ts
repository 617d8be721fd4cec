import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { banner, type BannerFacts } from './banner.ts'
import { periodicLines } from './periodic-lines.ts'
import type { RedisPlaces } from './redis-places.ts'
import { version } from './version.ts'

/** The banner of a process whose worker has started. */
export async function bannerOf(
  settings: ResolvedSettings,
  redis: RedisPlaces,
  engine: Engine,
  addresses: Pick<BannerFacts, 'url' | 'monitor' | 'metrics'>,
): Promise<string> {
  const { worker } = settings
  return banner({
    version: version(),
    node: engine.worker.node,
    app: worker.tasks.join(', '),
    broker: await redis.describe('broker'),
    results: await redis.describe('results'),
    concurrency: `${concurrencyOf(worker)} (${worker.pool})`,
    queues: worker.queues,
    tasks: [...engine.catalogue.tasks.keys()],
    periodic: engine.beat === null ? null : periodicLines(engine.beat.entries),
    ...addresses,
  })
}

/** As Celery's banner has it. */
function concurrencyOf({ concurrency, autoscale }: ResolvedSettings['worker']): string {
  return autoscale === null ? String(concurrency) : `{min=${autoscale.min}, max=${autoscale.max}}`
}
