import type { Redis } from 'ioredis'
import Koa from 'koa'
import type { Settings } from '../../config/default.ts'
import { Captchas } from './captcha/captchas.ts'
import { SendFlags } from './codes/send-flags.ts'
import { SmsCodes } from './codes/sms-codes.ts'
import { answerErrors, describeError } from './error-answers.ts'
import { guardUnsafeMethods, refuseForeignSites } from './foreign-sites.ts'
import { readJson } from './json-body.ts'
import type { Logger } from './logger.ts'
import { DescribedRouter } from './openapi/described-router.ts'
import { PasswordHasher } from './password-hasher.ts'
import { giveRedisTime } from './redis-time.ts'
import { Registrar } from './registrar.ts'
import { logRequests } from './request-log.ts'
import { addCountRoutes } from './routes/counts.ts'
import { addImageCodeRoutes } from './routes/image-codes.ts'
import { addLoginRoutes } from './routes/login.ts'
import { addOpenApiRoute } from './routes/openapi.ts'
import { addRegisterRoutes } from './routes/register.ts'
import { addSmsCodeRoutes } from './routes/sms-codes.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { Sessions } from './sessions/sessions.ts'
import { SentMessages, type ReadTaskState } from './sent-messages.ts'
import { SmsCodeSender, type SendSmsCode } from './sms-code-sender.ts'
import { servePages } from './static-pages.ts'
import { TakeBacks } from './take-backs.ts'
import { refuseUnanswered } from './unanswered.ts'
import type { Users } from './users.ts'

/** What the service is made of. Connections are opened and closed by whoever gives them. */
export interface AppParts {
  settings: Pick<Settings, 'http' | 'captcha' | 'codes' | 'accounts' | 'session'>
  /** Keys that sign cookies; the first one signs new ones. */
  sessionKeys: string[]
  /** Key of the HMAC under which SMS codes are kept. */
  codeKey: string
  users: Users
  /** Redis for sessions. Like the next one it should refuse a command at once while it is not connected. */
  sessions: Redis
  /** Redis for captchas, codes and flags. */
  codes: Redis
  sendSmsCode: SendSmsCode
  /** What became of the task that sends a message. */
  readTaskState: ReadTaskState
  /** The version of the program, for the OpenAPI document. */
  version: string
  /** Folder of the built pages. */
  webRoot: string
  logger: Logger
  /** Middleware that comes before all routes and needs no session, such as probes. */
  mounts?: Koa.Middleware[]
}

/** Puts the registration service together. Nothing is connected to and nothing listens until the app is used. */
export function createApp(parts: AppParts): Koa {
  const { settings, logger } = parts
  const app = new Koa()
  app.keys = parts.sessionKeys
  app.on('error', (error: unknown) => logLostAnswer(logger, error))

  // In front of the log: a probe every second is not worth a line.
  for (const mount of parts.mounts ?? []) app.use(mount)
  app.use(logRequests(logger))
  app.use(setSecurityHeaders())
  app.use(answerErrors(logger))
  app.use(guardUnsafeMethods(settings.http.publicUrl))
  app.use(giveRedisTime(settings.http.redisWaitMs))
  app.use(createRouter(app, parts).middleware)
  app.use(servePages(parts.webRoot, logger))
  app.use(refuseUnanswered)
  return app
}

/** Where the client has gone it is no fault of ours. */
function logLostAnswer(logger: Logger, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const clientGone = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].some((gone) => gone === code)
  logger[clientGone ? 'debug' : 'error'](describeError(error), 'an answer could not be sent in full')
}

/** Makes what the routes work with, and the routes. */
function createRouter(app: Koa, { settings, users, logger, ...parts }: AppParts): DescribedRouter {
  const captchas = new Captchas(parts.codes, settings.captcha)
  const { ttlSeconds, tries, resendSeconds } = settings.codes
  const codes = new SmsCodes(parts.codes, { hmacKey: parts.codeKey, ttlSeconds, tries })
  const flags = new SendFlags(parts.codes, resendSeconds)
  const sent = new SentMessages(parts.codes, parts.readTaskState, ttlSeconds)
  const { sendSmsCode } = parts
  const takeBacks = new TakeBacks(logger)
  const smsParts = { captchas, flags, codes, sendSmsCode, sent, takeBacks, ttlSeconds, resendSeconds, logger }
  const sender = new SmsCodeSender(smsParts)

  const { bcryptCost, hashesWaiting } = settings.accounts
  const hasher = new PasswordHasher({ cost: bcryptCost, waiting: hashesWaiting })
  const registrar = new Registrar({ codes, users, hasher, logger })

  const { publicUrl, maxBodyBytes } = settings.http
  const secure = publicUrl !== null && new URL(publicUrl).protocol === 'https:'
  const sessions = new Sessions(app, parts.sessions, { ...settings.session, secure, logger })

  const router = new DescribedRouter({
    refuseForeignSites: refuseForeignSites(publicUrl),
    readJson: readJson(maxBodyBytes),
    openSession: sessions.open,
  })
  addImageCodeRoutes(router, { captchas })
  addSmsCodeRoutes(router, { sender, sent })
  addCountRoutes(router, { users })
  addRegisterRoutes(router, { registrar, sessions })
  addLoginRoutes(router, { users, hasher, sessions })
  addOpenApiRoute(router, { version: parts.version, publicUrl, sessionCookie: sessions.cookieName })
  return router
}
