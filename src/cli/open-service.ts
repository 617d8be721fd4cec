import type { Server } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Sequelize } from 'sequelize'
import { createApp } from '../app/create-app.ts'
import { createHttpServer } from '../app/http-server.ts'
import { loadPasswordRules } from '../app/password-rules.ts'
import { Users } from '../app/users.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine } from '../engine/index.ts'
import { createProbes, type Probes } from '../monitor/probes.ts'
import { sendSmsCode } from '../../tasks/sms/send-code.ts'
import type { ClosingStack } from './closing-stack.ts'
import type { ProcessFigures } from './process-figures.ts'
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
  readonly figures: ProcessFigures
  readonly logger: Logger
}

/** The registration service over HTTP, not listening yet. */
export async function openService(
  { settings, redis, engine, database, figures, logger }: ServiceParts,
  stack: ClosingStack,
): Promise<{ probes: Probes; server: Server }> {
  const [sessions, codes, passwordRules] = await Promise.all([
    redis.connect('sessions'),
    redis.connect('codes'),
    loadPasswordRules({ profile: settings.accounts.passwordProfile, publicUrl: settings.http.publicUrl }),
  ])
  const probes = createProbes(
    readinessChecks({ worker: engine.worker, broker: engine.broker, database, sessions, codes }),
  )
  const tasks = engine.client.bind({ sendSmsCode })
  const app = createApp({
    settings,
    sessionKeys: [...settings.secrets.sessionKeys],
    codeKey: settings.secrets.codeKey,
    users: new Users(database),
    passwordRules,
    sessions,
    codes,
    sendSmsCode: (mobile, code, options) => tasks.sendSmsCode.applyAsync([mobile, code], options),
    readTaskState: (id) => engine.results.state(id),
    budgetFigures: figures.budgets,
    version: version(),
    webRoot: join(programRoot, 'web'),
    logger,
    mounts: [probes.middleware],
  })
  const answer = app.callback()
  const server = createHttpServer((request, response) => void answer(request, response), settings.http, logger)
  stack.add(server, async () => server.closeAllConnections())
  stack.add(server, async () => server.close())
  return { probes, server }
}
