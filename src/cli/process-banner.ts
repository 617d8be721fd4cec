import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { banner } from './banner.ts'
import { programRoot } from './engine-parts.ts'
import type { RedisPlaces } from './redis-places.ts'

/** The banner of a process whose worker has started. */
export async function bannerOf(
  settings: ResolvedSettings,
  redis: RedisPlaces,
  engine: Engine,
  url: string | null,
): Promise<string> {
  const { worker } = settings
  return banner({
    version: version(),
    node: engine.worker.node,
    app: worker.tasks.join(', '),
    broker: await redis.describe('broker'),
    results: await redis.describe('results'),
    concurrency: `${worker.concurrency} (${worker.pool})`,
    queues: worker.queues,
    tasks: [...engine.catalogue.tasks.keys()],
    url,
  })
}

/** The program's version, from package.json: beside `dist` when it is built, in the project else. */
export function version(): string {
  for (const folder of [programRoot, join(programRoot, '..')]) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'lovage' && found !== undefined) return found
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown'
}
