import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Sequelize } from 'sequelize'
import { createApp } from '../app/create-app.ts'
import { openDatabase } from '../app/database.ts'
import { Users } from '../app/users.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { createProbes, type Probes } from '../monitor/probes.ts'
import { sendSmsCode } from '../../tasks/sms/send-code.ts'
import type { ClosingStack } from './closing-stack.ts'
import { CommandError } from './command-error.ts'
import { programRoot } from './program-root.ts'
import { readinessChecks } from './readiness-checks.ts'
import type { RedisPlaces } from './redis-places.ts'
import { version } from './version.ts'

/** What the service stands on. */
export interface ServiceParts {
  readonly settings: ResolvedSettings
  readonly redis: RedisPlaces
  readonly engine: Engine
  readonly database: Sequelize
  readonly logger: Logger
}

/** The registration service over HTTP, not listening yet. */
export async function openService(
  { settings, redis, engine, database, logger }: ServiceParts,
  stack: ClosingStack,
): Promise<{ probes: Probes; server: Server }> {
  const [sessions, codes] = await Promise.all([redis.connect('sessions'), redis.connect('codes')])
  const probes = createProbes(
    readinessChecks({ worker: engine.worker, broker: engine.broker, database, sessions, codes }),
  )
  const tasks = engine.client.bind({ sendSmsCode })
  const app = createApp({
    settings,
    sessionKeys: [...settings.secrets.sessionKeys],
    codeKey: settings.secrets.codeKey,
    users: new Users(database),
    sessions,
    codes,
    sendSmsCode: (mobile, code, options) => tasks.sendSmsCode.applyAsync([mobile, code], options),
    readTaskState: (id) => engine.results.state(id),
    version: version(),
    webRoot: join(programRoot, 'web'),
    logger,
    mounts: [probes.middleware],
  })
  const answer = app.callback()
  const server = createServer((request, response) => void answer(request, response))
  stack.add(server, async () => server.closeAllConnections())
  stack.add(server, async () => server.close())
  return { probes, server }
}

/** @throws CommandError that says what is wrong with the database */
export async function openUsersDatabase({ database, dataDir }: ResolvedSettings, logger: Logger): Promise<Sequelize> {
  try {
    if (database.url === null) await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return await openDatabase(database.url ?? `sqlite:${join(dataDir, 'lovage.sqlite')}`, logger)
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
