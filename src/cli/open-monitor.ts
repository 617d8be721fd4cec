import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { addressBlock, oneClient } from '../app/address-block.ts'
import { clientAddressOf } from '../app/client-address.ts'
import { isOutage } from '../app/outages.ts'
import { keepMonitorToken } from '../config/monitor-token.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { Access } from '../monitor/access/access.ts'
import { actionPart } from '../monitor/actions/action-part.ts'
import { createMonitor } from '../monitor/create-monitor.ts'
import { historyPart } from '../monitor/history/history-part.ts'
import { RecentHistory } from '../monitor/history/recent-history.ts'
import { LiveFeed } from '../monitor/live/live-feed.ts'
import { livePart } from '../monitor/live/live-part.ts'
import { liveSnapshot } from '../monitor/live/snapshot.ts'
import { taskPart } from '../monitor/tasks/task-part.ts'
import type { SmsFigures } from '../monitor/wire-types.ts'
import { readPeriodicTasks } from './engine-parts.ts'
import type { History } from './open-history.ts'
import type { ProcessFigures } from './process-figures.ts'
import { programRoot } from './program-root.ts'
import { readSmsFigures } from './sms-figures.ts'

/** What the dashboard stands on. */
export interface MonitorParts {
  readonly settings: ResolvedSettings
  readonly engine: Engine
  /** Where the budgets are. */
  readonly codes: Redis
  readonly figures: ProcessFigures
  readonly history: History
  readonly logger: Logger
}

/** The dashboard of a process. */
export interface OpenMonitor {
  readonly middleware: ReturnType<typeof createMonitor>
  /** Opens a session to whoever has it. */
  readonly token: string
  /** Those who look on are told that it is over. */
  close(): void
}

/**
 * Puts the dashboard together.
 *
 * @throws SettingsError where the token can't be kept
 */
export function openMonitor(parts: MonitorParts): OpenMonitor {
  const { settings, engine, history, logger } = parts
  const { http, monitor } = settings
  const { inspector } = engine
  const token = monitor.token ?? keptToken(settings.dataDir, logger)
  const access = new Access({
    token,
    listensOn: http.host,
    publicUrl: http.publicUrl,
    hosts: monitor.hosts ?? [],
    sessionMs: monitor.sessionHours * 3_600_000,
    addressOf,
    logger,
  })
  const recent = new RecentHistory({ inspector, ...history })
  const sms = (): Promise<SmsFigures> => readSmsFigures({ ...parts, budgets: settings.budgets })
  const entries = readPeriodicTasks(settings)
  const feed = new LiveFeed({
    snapshot: () => {
      // Where nothing is heard there are fewer figures; the snapshot itself says what is wrong, and the next one tries again.
      inspector.watch().catch(() => undefined)
      return liveSnapshot({ inspector, recent, entries, sms })
    },
    onNone: () => inspector.unwatch(),
    troubleOf: (error) => {
      if (isOutage(error) && error instanceof Error) return error.message
      throw error
    },
    logger,
  })
  const middleware = createMonitor({
    access,
    page: join(programRoot, 'web', 'monitor.html'),
    parts: [
      livePart(feed, access),
      historyPart({ inspector, store: history.store, hours: monitor.historyHours }),
      taskPart(engine),
      actionPart({ engine, addressOf, logger }),
    ],
    isOutage,
    logger,
  })
  return { middleware, token, close: () => feed.close() }
}

function addressOf(context: Parameters<typeof clientAddressOf>[0]): string {
  return addressBlock(clientAddressOf(context), oneClient)
}

function keptToken(dataDir: string, logger: Logger): string {
  const { token, file, wasOpen } = keepMonitorToken(dataDir)
  if (wasOpen) {
    logger.warn(
      { file },
      'the dashboard’s token could be read by others; now it can not. Delete the file for a new one',
    )
  }
  return token
}
