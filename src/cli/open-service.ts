import type { Server } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Sequelize } from 'sequelize'
import { AuditTable } from '../app/audit/audit-table.ts'
import { AuditTrail } from '../app/audit/trail.ts'
import { PictureDrawer } from '../app/captcha/picture-drawer.ts'
import { createApp } from '../app/create-app.ts'
import { createHttpServer } from '../app/http-server.ts'
import { loadPasswordRules } from '../app/password-rules.ts'
import { TakeBacks } from '../app/take-backs.ts'
import { Users } from '../app/users.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { Engine, Tracer } from '../engine/index.ts'
import type { Metrics } from '../monitor/metrics/create-metrics.ts'
import { createProbes, type Probes } from '../monitor/probes.ts'
import { sendSmsCode } from '../../tasks/sms/send-code.ts'
import type { ClosingStack } from './closing-stack.ts'
import type { History } from './open-history.ts'
import { openMonitor, type OpenMonitor } from './open-monitor.ts'
import type { ProcessFigures } from './process-figures.ts'
import { openMetrics } from './process-metrics.ts'
import { programRoot } from './program-root.ts'
import { serviceChecks, workerChecks, workerParts } from './readiness-checks.ts'
import type { RedisPlaces } from './redis-places.ts'
import { version } from './version.ts'

/** How long the thread that draws captchas stays without work, in milliseconds; and where memory is to be saved. */
const drawerIdleMs = { usual: 60_000, lowMemory: 5_000 }

/** What the service stands on. */
export interface ServiceParts {
  readonly settings: ResolvedSettings
  readonly redis: RedisPlaces
  readonly engine: Engine
  readonly database: Sequelize
  readonly figures: ProcessFigures
  readonly history: History
  readonly tracer: Tracer | null
  readonly logger: Logger
}

/** The service, and what is told when it stops. */
export interface OpenService {
  readonly server: Server
  readonly probes: Probes
  /** null: no port is set for them. */
  readonly metrics: Metrics | null
  /** null: the settings switch it off. */
  readonly monitor: OpenMonitor | null
}

/** The registration service over HTTP, not listening yet. */
export async function openService(
  { settings, redis, engine, database, figures, history, tracer, logger }: ServiceParts,
  stack: ClosingStack,
): Promise<OpenService> {
  const [sessions, codes, passwordRules] = await Promise.all([
    redis.connect('sessions'),
    redis.connect('codes'),
    loadPasswordRules({ profile: settings.accounts.passwordProfile, publicUrl: settings.http.publicUrl }),
  ])
  const probes = createProbes({
    ...workerChecks(workerParts(engine, settings.queue.maxAgeSeconds)),
    ...serviceChecks({ database, sessions, codes }),
  })
  // Those of sessions and codes are connected by now.
  const metrics = await openMetrics({ settings, engine, redis, figures, servesHttp: true }, stack)
  const monitorParts = { settings, engine, codes, figures, history, logger }
  const monitor = settings.monitor.enabled ? openMonitor(monitorParts) : null
  // Behind the probes: one every second is not worth a trace.
  const spans =
    tracer === null ? [] : [await (await import('../monitor/tracing/request-spans.ts')).traceRequests(tracer.api)]
  const audit = new AuditTrail({ table: new AuditTable(database), settings: settings.audit, logger })
  // When the requests have ended, and before the database is closed.
  stack.add(audit, () => audit.close())
  audit.start()
  const tasks = engine.client.bind({ sendSmsCode })
  const { picturesWaiting: waiting, pictureTimeoutMs: timeoutMs } = settings.captcha
  const idleMs = drawerIdleMs[settings.worker.lowMemory ? 'lowMemory' : 'usual']
  const drawer = stack.add(new PictureDrawer({ waiting, timeoutMs, idleMs }), (opened) => opened.close())
  const takeBacks = stack.add(new TakeBacks(logger), async (opened) => opened.close())
  const app = createApp({
    settings,
    sessionKeys: [...settings.secrets.sessionKeys],
    codeKey: settings.secrets.codeKey,
    users: new Users(database),
    passwordRules,
    sessions,
    codes,
    sendSmsCode: (mobile, code, options) => tasks.sendSmsCode.applyAsync([mobile, code], options),
    drawPicture: (text) => drawer.draw(text),
    readTaskState: (id) => engine.results.state(id),
    takeBacks,
    audit,
    budgetFigures: figures.budgets,
    version: version(),
    webRoot: join(programRoot, 'web'),
    logger,
    mounts: [probes.middleware, spans, metrics?.middleware ?? [], monitor?.middleware ?? []].flat(),
  })
  const answer = app.callback()
  const server = createHttpServer((request, response) => void answer(request, response), settings.http, logger)
  stack.add(server, async () => server.closeAllConnections())
  stack.add(server, async () => server.close())
  return { server, probes, metrics, monitor }
}
