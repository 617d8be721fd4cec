import type { Redis } from 'ioredis'
import Koa from 'koa'
import type { Settings } from '../../config/default.ts'
import { AccountChanges } from './account-changes.ts'
import { Admission } from './admission.ts'
import { limitAnswerTime } from './answer-time.ts'
import { auditRequests, type AuditSink } from './audit/request-audit.ts'
import type { BudgetFigures } from './budgets/budget-figures.ts'
import { RequestBudgets } from './budgets/request-budgets.ts'
import { SmsBudgets } from './budgets/sms-budgets.ts'
import { UsedCodes } from './budgets/used-codes.ts'
import { Captchas } from './captcha/captchas.ts'
import type { DrawPicture } from './captcha/picture-drawer.ts'
import { Proofs } from './captcha/proofs.ts'
import { AnyCaptcha } from './captcha/verifier.ts'
import { findClientAddress } from './client-address.ts'
import { CodeUse } from './codes/code-use.ts'
import { SmsCodes } from './codes/sms-codes.ts'
import { allowOrigins, originsOf } from './cross-origin.ts'
import { answerErrors, describeError } from './error-answers.ts'
import { guardUnsafeMethods, refuseForeignSites, type OwnSites } from './foreign-sites.ts'
import { HashUpgrades } from './hash-upgrades.ts'
import { readJson } from './json-body.ts'
import type { Logger } from './logger.ts'
import { LoginDelays } from './login-delays.ts'
import { DescribedRouter } from './openapi/described-router.ts'
import { PasswordHasher } from './password-hasher.ts'
import type { PasswordRules } from './password-rules.ts'
import { giveRedisTime } from './redis-time.ts'
import { Registrar } from './registrar.ts'
import { limitRequests } from './request-limits.ts'
import { giveRequestIds, logRequests } from './request-log.ts'
import { keepTargetsReadable } from './request-targets.ts'
import { addAccountRoutes } from './routes/account.ts'
import { addChallengeRoutes } from './routes/challenges.ts'
import { addCountRoutes } from './routes/counts.ts'
import { addImageCodeRoutes } from './routes/image-codes.ts'
import { addLoginRoutes } from './routes/login.ts'
import { addOpenApiRoute } from './routes/openapi.ts'
import { addRegisterRoutes } from './routes/register.ts'
import { addSessionRoutes } from './routes/sessions.ts'
import { addSmsCodeRoutes } from './routes/sms-codes.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { CookieSigner } from './sessions/cookie-signer.ts'
import { DeviceCookies } from './sessions/device-cookies.ts'
import { Sessions } from './sessions/sessions.ts'
import { SentMessages, type ReadTaskState } from './sent-messages.ts'
import { SmsCodeSender, type SendSmsCode } from './sms-code-sender.ts'
import { servePages } from './static-pages.ts'
import type { TakeBacks } from './take-backs.ts'
import { refuseUnanswered } from './unanswered.ts'
import type { Users } from './users.ts'

type HttpSettings = Omit<Settings['http'], 'corsOrigins'> & { corsOrigins: readonly string[] | null }

/** What the service is made of. What is opened is closed by whoever gives it. */
export interface AppParts {
  settings: Pick<Settings, 'captcha' | 'codes' | 'budgets' | 'accounts' | 'session'> & { http: HttpSettings }
  /** Keys that sign cookies; the first one signs new ones. */
  sessionKeys: string[]
  /** Key of the HMAC under which SMS codes are kept; the keys of captchas' challenges are derived from it. */
  codeKey: string
  users: Users
  /** What new passwords are checked against. */
  passwordRules: PasswordRules
  /** Redis for sessions. Like the next one it should refuse a command at once while it is not connected. */
  sessions: Redis
  /** Redis for captchas, codes and budgets, counts of wrong passwords. */
  codes: Redis
  sendSmsCode: SendSmsCode
  /** Draws the pictures of captchas. */
  drawPicture: DrawPicture
  /** What became of the task that sends a message. */
  readTaskState: ReadTaskState
  /** Takes back codes that could not be sent. */
  takeBacks: TakeBacks
  /** Is told who did what, and what was refused. */
  audit: AuditSink
  /** Counts what the budgets refuse, for whoever shows it. */
  budgetFigures: BudgetFigures
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
  const { http } = settings
  const app = new Koa()
  app.keys = parts.sessionKeys
  app.on('error', (error: unknown) => logLostAnswer(logger, error))

  const sites = { own: originOf(http.publicUrl), allowed: originsOf(http.corsOrigins) }
  const admission = new Admission(http.requestsAtOnce)
  const router = createRouter(app, parts, { sites, admission })
  app.use(giveRequestIds)
  app.use(keepTargetsReadable)
  app.use(setSecurityHeaders(isSecure(http.publicUrl)))
  app.use(findClientAddress(settings.http.trustedProxies ?? [], logger))
  // In front of the log: a probe every second is not worth a line.
  for (const mount of parts.mounts ?? []) app.use(mount)
  app.use(logRequests(logger))
  app.use(allowOrigins(sites.allowed))
  app.use(answerErrors(logger))
  app.use(limitAnswerTime(http.answerTimeoutMs, logger))
  // Behind the time's limit: the audit learns what becomes of a request also where nobody waits for its answer any more.
  app.use(auditRequests(parts.audit, (method, path) => router.patternOf(method, path)))
  app.use(limitRequests(http))
  app.use(guardUnsafeMethods(sites))
  app.use(admission.admit)
  app.use(giveRedisTime(http.redisWaitMs))
  app.use(router.middleware)
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
function createRouter(
  app: Koa,
  { settings, users, passwordRules: rules, logger, ...parts }: AppParts,
  { sites, admission }: { sites: OwnSites; admission: Admission },
): DescribedRouter {
  const { ttlSeconds: captchaSeconds, proofOfWork } = settings.captcha
  const captchas = new Captchas(parts.codes, { ttlSeconds: captchaSeconds, draw: parts.drawPicture })
  const { cost, maxNumber } = proofOfWork
  const proofOptions = { secret: parts.codeKey, ttlSeconds: captchaSeconds, cost }
  const proofs = maxNumber === null ? null : new Proofs(parts.codes, { ...proofOptions, maxNumber })
  const captcha = new AnyCaptcha({ pictures: captchas, proofs })
  const { ttlSeconds, tries, resendSeconds } = settings.codes
  const { budgets: limits } = settings
  const used = new UsedCodes(parts.codes, logger)
  const codes = new SmsCodes(parts.codes, {
    hmacKey: parts.codeKey,
    ttlSeconds,
    tries,
    wrongPerDay: limits.wrongCodesPerMobileDay,
    onAccepted: (mobile) => void used.note(mobile),
  })
  const figures = parts.budgetFigures
  const budgets = new SmsBudgets(parts.codes, { budgets: limits, resendSeconds, ttlSeconds }, { figures, logger })
  const requests = new RequestBudgets(parts.codes, figures)
  const sent = new SentMessages(parts.codes, parts.readTaskState, ttlSeconds)
  const { sendSmsCode, takeBacks } = parts
  const smsParts = { captcha, budgets, codes, sendSmsCode, sent, users, takeBacks, ttlSeconds, resendSeconds, logger }
  const sender = new SmsCodeSender(smsParts)

  const { bcryptCost, hashesWaiting, revealMobiles } = settings.accounts
  const hasher = new PasswordHasher({ cost: bcryptCost, waiting: hashesWaiting })
  const upgrades = new HashUpgrades({ users, hasher, logger })
  const codeUse = new CodeUse(codes, logger)
  const registrar = new Registrar({ codes: codeUse, users, hasher, logger })
  const changes = new AccountChanges({ codes: codeUse, users, hasher, rules, logger })

  const { publicUrl, maxBodyBytes } = settings.http
  const secure = isSecure(publicUrl)
  const signer = new CookieSigner(parts.sessionKeys)
  const sessions = new Sessions(app, parts.sessions, { ...settings.session, secure, signer, logger })
  const devices = new DeviceCookies(signer, { secure })
  const delays = new LoginDelays(parts.codes, settings.accounts.loginDelays, { devices, logger })

  const router = new DescribedRouter({
    refuseForeignSites: refuseForeignSites(sites),
    readJson: admission.whileArriving(readJson(maxBodyBytes)),
    openSession: sessions.open,
  })
  const pictures = requests.of('pictures', limits.picturesPerAddressMinute)
  addImageCodeRoutes(router, { captchas, budget: pictures })
  if (proofs !== null) addChallengeRoutes(router, { proofs, budget: pictures })
  addSmsCodeRoutes(router, { sender, sent, sessions, users })
  addCountRoutes(router, { users, budget: requests.of('counts', limits.countsPerAddressMinute), revealMobiles })
  addRegisterRoutes(router, { registrar, rules, sessions, delays })
  const budget = requests.of('logins', limits.loginsPerAddressMinute)
  addLoginRoutes(router, { users, hasher, upgrades, sessions, delays, budget })
  addSessionRoutes(router, { users, sessions })
  addAccountRoutes(router, { changes, rules, users, sessions, delays })
  addOpenApiRoute(router, { version: parts.version, publicUrl, sessionCookie: sessions.cookieName })
  return router
}

/** Whether browsers reach the service by HTTPS. */
function isSecure(publicUrl: string | null): boolean {
  return publicUrl !== null && new URL(publicUrl).protocol === 'https:'
}

function originOf(publicUrl: string | null): string | null {
  return publicUrl === null ? null : new URL(publicUrl).origin
}
