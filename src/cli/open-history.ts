import type { Logger } from 'pino'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { HistoryStore } from '../monitor/history/history-store.ts'
import { HistoryWriter } from '../monitor/history/history-writer.ts'
import type { ClosingStack } from './closing-stack.ts'
import type { RedisPlaces } from './redis-places.ts'

/** The history of a process, and of all others on its broker. */
export interface History {
  readonly store: HistoryStore
  /** Not started; stopped with the process. */
  readonly writer: HistoryWriter
}

/**
 * Has a process write how it goes, whether it serves the dashboard or not. The connection is its own: a day of history is read at once, and
 * nothing of the worker's should wait behind that.
 *
 * @throws RedisSetupError
 */
export async function openHistory(
  { monitor }: Pick<ResolvedSettings, 'monitor'>,
  redis: RedisPlaces,
  { inspector }: Engine,
  logger: Logger,
  stack: ClosingStack,
): Promise<History> {
  const store = new HistoryStore(await redis.connect('broker'))
  const writer = new HistoryWriter({ inspector, store, hours: monitor.historyHours, logger })
  stack.add(writer, () => writer.stop())
  return { store, writer }
}
