import { ClosingStack } from '../../../dist/src/cli/closing-stack.js'
import { loadCatalogue, openEngine } from '../../../dist/src/cli/engine-parts.js'
import { createLog } from '../../../dist/src/cli/log.js'
import { openFigures } from '../../../dist/src/cli/process-figures.js'
import { RedisPlaces } from '../../../dist/src/cli/redis-places.js'
import { loadSettings } from '../../../dist/src/config/load-settings.js'

/**
 * Puts an engine together as `lovage serve` and `lovage worker` do.
 *
 * @param {import('../../../src/config/flags-table.ts').FlagValues} flags
 * @returns {Promise<{ engine: import('../../../src/engine/index.ts').Engine, close: () => Promise<void> }>}
 */
export async function openLovage(flags) {
  const { settings } = loadSettings({ env: process.env, flags: { loglevel: 'warning', ...flags } })
  const logger = await createLog(settings.log.level)
  const catalogue = await loadCatalogue(settings.worker.tasks)
  const stack = new ClosingStack()
  const redis = stack.add(await RedisPlaces.open(settings, ['broker', 'results'], logger), (places) => places.close())
  const { gateways } = openFigures(settings)
  const engine = await openEngine(settings, catalogue, redis, logger, stack, { gateways, onShutDown: () => {} })
  return { engine, close: () => stack.close() }
}
