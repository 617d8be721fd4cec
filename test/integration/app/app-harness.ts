import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Router } from '@koa/router'
import { Redis } from 'ioredis'
import type Koa from 'koa'
import type { Sequelize } from 'sequelize'
import { defaults, type Settings } from '../../../config/default.ts'
import { overrides } from '../../../config/test.ts'
import type { AuditSink } from '../../../src/app/audit/request-audit.ts'
import { BudgetFigures, type BudgetFiguresNow } from '../../../src/app/budgets/budget-figures.ts'
import { PictureDrawer, type DrawPicture } from '../../../src/app/captcha/picture-drawer.ts'
import { createApp } from '../../../src/app/create-app.ts'
import { openDatabase } from '../../../src/app/database.ts'
import { createHttpServer } from '../../../src/app/http-server.ts'
import type { Logger } from '../../../src/app/logger.ts'
import { loadPasswordRules } from '../../../src/app/password-rules.ts'
import type { ReadTaskState } from '../../../src/app/sent-messages.ts'
import type { SendSmsCode } from '../../../src/app/sms-code-sender.ts'
import { TakeBacks } from '../../../src/app/take-backs.ts'
import { Users } from '../../../src/app/users.ts'
import { createBrowser, type Browser } from '../../support/cookie-jar.ts'
import { readDocument } from '../../support/documented-services.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  fields: object
  message: string
}

export interface Sent {
  mobile: string
  code: string
  expiresInSeconds: number
}

export interface AppOptions {
  http?: Partial<Settings['http']>
  captcha?: Partial<Settings['captcha']>
  codes?: Partial<Settings['codes']>
  budgets?: Partial<Settings['budgets']>
  accounts?: Partial<Settings['accounts']>
  session?: Partial<Settings['session']>
  sessionKeys?: string[]
  codeKey?: string
  sendSmsCode?: SendSmsCode
  /** In place of a thread that all apps of the process share. */
  drawPicture?: DrawPicture
  readTaskState?: ReadTaskState
  mounts?: Koa.Middleware[]
  /** In place of the one whose lines become `log`. */
  logger?: Logger
  /** In place of one that forgets. */
  audit?: AuditSink
  /** Other accounts than the file's. */
  users?: Users
  /** Another Redis for the sessions. */
  sessionsRedis?: RedisServer
  /** Another client for captchas, codes and flags; the app's end closes it too. */
  codesClient?: Redis
  /** Another folder of pages, or none. */
  webRoot?: string
}

/** For `accounts.loginDelays`: as many wrong passwords as a test likes. */
export const noLoginDelays: Settings['accounts']['loginDelays'] = {
  ...defaults.accounts.loginDelays,
  freeTries: null,
  freeTriesPerAddress: null,
}

export interface Route {
  methods: string[]
  path: string
}

/** What the apps of one test file share: a Redis, a database file and a folder of pages. */
export interface Backing {
  redis: RedisServer
  /** For looking at keys; the apps have clients of their own. */
  inspector: Redis
  database: Sequelize
  users: Users
  webRoot: string
  /** Serves an app on a loopback port until `close`. */
  serve(options?: AppOptions): Promise<RunningApp>
  close(): Promise<void>
}

export interface RunningApp {
  url: string
  browser: Browser
  log: LogLine[]
  /** What went to the queue. */
  sent: Sent[]
  /** All that its router has. */
  routes: Route[]
  /** What its budgets have counted. */
  budgetFigures(): BudgetFiguresNow
  /** Answers once a Redis command that the app would send succeeds again. */
  redisIsBack(): Promise<unknown>
}

/** Its thread starts with the first picture. It keeps nothing from ending when the tests have ended. */
const drawer = new PictureDrawer({ waiting: 10_000, timeoutMs: 60_000, idleMs: 60_000 })

/** @param options.databaseUrl another database than a new SQLite file; its schema is made, its content stays */
export async function createBacking(options: { databaseUrl?: string } = {}): Promise<Backing> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-app-'))
  const webRoot = join(folder, 'web')
  mkdirSync(webRoot)
  const redis = await startRedis()
  const inspector = await connect(redis)
  const database = await openDatabase(options.databaseUrl ?? `sqlite:${join(folder, 'lovage.sqlite')}`, record([]))
  const users = new Users(database)
  const closers: (() => unknown)[] = []

  async function serve(options: AppOptions = {}): Promise<RunningApp> {
    const clients = {
      sessions: await connect(options.sessionsRedis ?? redis),
      codes: options.codesClient ?? (await connect(redis)),
    }
    const log: LogLine[] = []
    const logger = options.logger ?? record(log)
    const budgetFigures = new BudgetFigures()
    const sent: Sent[] = []
    const sendSmsCode: SendSmsCode = async (mobile, code, { expiresInSeconds }) => {
      sent.push({ mobile, code, expiresInSeconds })
    }
    const http = { ...defaults.http, ...options.http }
    const takeBacks = new TakeBacks(logger)
    const accounts = { ...defaults.accounts, bcryptCost: 4, ...options.accounts }
    const app = createApp({
      settings: {
        http,
        captcha: { ...defaults.captcha, ...options.captcha },
        codes: { ...defaults.codes, ...options.codes },
        budgets: { ...defaults.budgets, ...overrides.budgets, ...options.budgets },
        accounts,
        session: { ...defaults.session, ...options.session },
      },
      sessionKeys: options.sessionKeys ?? ['a key that signs cookies'],
      codeKey: options.codeKey ?? 'a key for codes',
      users: options.users ?? users,
      passwordRules: await loadPasswordRules({ profile: accounts.passwordProfile, publicUrl: http.publicUrl }),
      ...clients,
      sendSmsCode: options.sendSmsCode ?? sendSmsCode,
      drawPicture: options.drawPicture ?? ((text) => drawer.draw(text)),
      readTaskState: options.readTaskState ?? (async () => 'PENDING'),
      takeBacks,
      audit: options.audit ?? { record() {}, refuse() {} },
      budgetFigures,
      version: '1.2.3',
      webRoot: options.webRoot ?? webRoot,
      logger,
      ...(options.mounts !== undefined && { mounts: options.mounts }),
    })
    const answer = app.callback()
    const server = createHttpServer((request, response) => void answer(request, response), http, logger)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
    closers.push(() => {
      server.closeAllConnections()
      server.close()
      takeBacks.close()
      clients.sessions.disconnect()
      clients.codes.disconnect()
    })
    const url = `http://127.0.0.1:${address.port}`
    const linesBefore = log.length
    await readDocument(url)
    log.length = linesBefore
    const redisIsBack = () => Promise.all([clients.sessions.ping(), clients.codes.ping()])
    return {
      url,
      browser: createBrowser(url),
      log,
      sent,
      budgetFigures: () => budgetFigures.now(),
      routes: routesOf(app),
      redisIsBack,
    }
  }

  async function close(): Promise<void> {
    for (const closer of closers) await closer()
    inspector.disconnect()
    await redis.stop()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }

  return { redis, inspector, database, users, webRoot, serve, close }
}

/** A client as the service gets it: no command waits for a connection, and none is sent twice. */
async function connect({ socketPath }: RedisServer): Promise<Redis> {
  const client = new Redis(socketPath, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 500,
    retryStrategy: () => 20,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

function record(log: LogLine[]): Logger {
  const line = (level: LogLine['level']) => (fields: object, message: string) => log.push({ level, fields, message })
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** The routes of the router that is among the app's middleware. */
function routesOf(app: Koa): Route[] {
  const routers = app.middleware.flatMap((middleware) => ('router' in middleware ? [middleware.router as Router] : []))
  return routers.flatMap(({ stack }) => stack.map(({ methods, path }) => ({ methods, path: String(path) })))
}
