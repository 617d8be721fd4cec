import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import type Koa from 'koa'
import type { Sequelize } from 'sequelize'
import { defaults, type Settings } from '../../../config/default.ts'
import { createApp } from '../../../src/app/create-app.ts'
import { openDatabase } from '../../../src/app/database.ts'
import type { Logger } from '../../../src/app/logger.ts'
import type { SendSmsCode } from '../../../src/app/sms-code-sender.ts'
import { Users } from '../../../src/app/users.ts'
import { createBrowser, type Answer, type Browser } from '../../support/cookie-jar.ts'
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
  accounts?: Partial<Settings['accounts']>
  session?: Partial<Settings['session']>
  sessionKeys?: string[]
  sendSmsCode?: SendSmsCode
  mounts?: Koa.Middleware[]
  /** Another Redis for the sessions. */
  sessionsRedis?: RedisServer
  /** Another folder of pages, or none. */
  webRoot?: string
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
  /** Answers once a Redis command that the app would send succeeds again. */
  redisIsBack(): Promise<unknown>
}

export async function createBacking(): Promise<Backing> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-app-'))
  const webRoot = join(folder, 'web')
  mkdirSync(webRoot)
  const redis = await startRedis()
  const inspector = await connect(redis)
  const database = await openDatabase(`sqlite:${join(folder, 'lovage.sqlite')}`, silent)
  const users = new Users(database)
  const closers: (() => unknown)[] = []

  async function serve(options: AppOptions = {}): Promise<RunningApp> {
    const clients = { sessions: await connect(options.sessionsRedis ?? redis), codes: await connect(redis) }
    const log: LogLine[] = []
    const sent: Sent[] = []
    const sendSmsCode: SendSmsCode = async (mobile, code, { expiresInSeconds }) => {
      sent.push({ mobile, code, expiresInSeconds })
      return { id: randomUUID() }
    }
    const app = createApp({
      settings: {
        http: { ...defaults.http, ...options.http },
        captcha: { ...defaults.captcha, ...options.captcha },
        codes: { ...defaults.codes, ...options.codes },
        accounts: { ...defaults.accounts, bcryptCost: 4, ...options.accounts },
        session: { ...defaults.session, ...options.session },
      },
      sessionKeys: options.sessionKeys ?? ['a key that signs cookies'],
      codeKey: 'a key for codes',
      users,
      ...clients,
      sendSmsCode: options.sendSmsCode ?? sendSmsCode,
      webRoot: options.webRoot ?? webRoot,
      logger: record(log),
      ...(options.mounts !== undefined && { mounts: options.mounts }),
    })
    const answer = app.callback()
    const server = createServer((request, response) => void answer(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
    closers.push(() => {
      server.closeAllConnections()
      server.close()
      clients.sessions.disconnect()
      clients.codes.disconnect()
    })
    const url = `http://127.0.0.1:${address.port}`
    const redisIsBack = () => Promise.all([clients.sessions.ping(), clients.codes.ping()])
    return { url, browser: createBrowser(url), log, sent, redisIsBack }
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

/** A log that nobody reads. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function record(log: LogLine[]): Logger {
  const line = (level: LogLine['level']) => (fields: object, message: string) => log.push({ level, fields, message })
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** Checks an answer that tells an error: its status, its name, its text to the letter, and that it has a number. */
export function expectError(answer: Answer, status: number, error: string, errmsg: string): void {
  const body = answer.json()
  expect({ status: answer.status, error: body['error'], errmsg: body['errmsg'] }).to.deep.equal({
    status,
    error,
    errmsg,
  })
  expect(body['code']).to.be.a('number').and.not.equal(0)
}

/** Checks an answer that tells a success. @returns its body */
export function expectOk(answer: Answer): Record<string, unknown> {
  expect(answer.status, answer.text).to.equal(200)
  const body = answer.json()
  expect(body).to.include({ code: 0, errmsg: 'ok' })
  return body
}

let lastMobile = 13_900_000_000

/** A mobile that no other test of the process has. */
export function newMobile(): string {
  return String(++lastMobile)
}

let lastName = 0

/** A username that no other test of the process has. */
export function newUsername(): string {
  return `user_${++lastName}`
}

/** Gets a new captcha. @returns its id and its text, as somebody reads it */
export async function readCaptcha({ inspector }: Backing, browser: Browser): Promise<{ id: string; text: string }> {
  const id = randomUUID()
  const answer = await browser.get(`/image_codes/${id}`)
  expect(answer.status).to.equal(200)
  const text = await inspector.get(`img_${id}`)
  if (text === null) throw new Error('the captcha is not in Redis')
  return { id, text }
}

/** Asks for an SMS code, with a captcha that is answered rightly. */
export async function askForCode(backing: Backing, app: RunningApp, mobile: string): Promise<Answer> {
  const { id, text } = await readCaptcha(backing, app.browser)
  return app.browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id })
}

/** Gets an SMS code. @returns the code that went to the queue */
export async function getCode(backing: Backing, app: RunningApp, mobile: string): Promise<string> {
  expectOk(await askForCode(backing, app, mobile))
  const message = app.sent.findLast((one) => one.mobile === mobile)
  if (message === undefined) throw new Error('no code was sent')
  return message.code
}

export interface RegistrationForm {
  username: string
  password: string
  password2: string
  mobile: string
  sms_code: string
  allow: boolean
}

/** A form that is fine. */
export function registrationOf(fields: Partial<RegistrationForm> = {}): RegistrationForm {
  const password = fields.password ?? 'secret_password'
  return {
    username: newUsername(),
    password,
    password2: password,
    mobile: newMobile(),
    sms_code: '123456',
    allow: true,
    ...fields,
  }
}

/** Registers an account with a code of its own. */
export async function registerAccount(
  backing: Backing,
  app: RunningApp,
  fields: Partial<RegistrationForm> = {},
): Promise<RegistrationForm> {
  const form = registrationOf(fields)
  form.sms_code = await getCode(backing, app, form.mobile)
  expectOk(await app.browser.post('/register', form))
  return form
}

/** A code that none of the given ones is. */
export function wrongCode(...codes: string[]): string {
  const wrong = ['111111', '222222', '333333', '444444'].find((code) => !codes.includes(code))
  if (wrong === undefined) throw new Error('expected at most 3 codes')
  return wrong
}
