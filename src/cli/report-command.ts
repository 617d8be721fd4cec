import { join } from 'node:path'
import { loadWithoutSecrets } from '../config/load-settings.ts'
import { redisUrls, type RedisPlace } from '../config/redis-urls.ts'
import { parseRedisUrl, withDatabase, type RedisAddress } from '../redis/address.ts'
import { embeddedSocket } from '../redis/embedded-control.ts'
import { bugReport, formatBugReport } from './bug-report.ts'
import { celerySettings } from './celery-settings.ts'
import { embeddedFolder } from './embedded-folder.ts'
import { printable, printableJson } from './terminal-text.ts'

/** What is reported on. */
export interface ReportOptions {
  readonly app?: string
  readonly broker?: string
  readonly resultBackend?: string
  readonly dataDir?: string
  readonly json?: boolean
}

/**
 * `lovage report`: prints what a report of a fault should say of the program, the machine and the settings. Asks nobody, and
 * changes nothing.
 *
 * @throws SettingsError
 */
export async function report({ app: tasks, broker, resultBackend, dataDir, json }: ReportOptions): Promise<void> {
  const settings = loadWithoutSecrets({ env: process.env, flags: { tasks, broker, resultBackend, dataDir } })
  const folder = embeddedFolder(settings)
  // Where it listens, or would.
  const socketPath = (await embeddedSocket(folder)) ?? join(folder, 'redis.sock')
  const addressOf = ({ url, database }: RedisPlace): RedisAddress =>
    url === null ? { socketPath, db: database } : withDatabase(parseRedisUrl(url), database)
  const places = redisUrls(settings)
  const servers = { broker: addressOf(places.broker), results: addressOf(places.results) }
  const facts = bugReport(celerySettings(settings, servers, false))
  const text = formatBugReport(facts).split('\n').map(printable).join('\n')
  process.stdout.write(`${json === true ? printableJson(facts) : text}\n`)
}
