import { Redis } from 'ioredis'
import { defaults, type Settings } from '../../../config/default.ts'
import { BudgetFigures } from '../../../src/app/budgets/budget-figures.ts'
import { SmsBudgets } from '../../../src/app/budgets/sms-budgets.ts'
import { AppError } from '../../../src/app/errors.ts'
import { recordingLogger, type RecordingLogger } from '../../support/recording-logger.ts'
import { startRedis } from '../../support/redis-server.ts'

export interface Budgets {
  budgets: SmsBudgets
  figures: BudgetFigures
  log: RecordingLogger
}

/** Budgets on a Redis of their own, for the tests of one file. */
export interface BudgetLab {
  redis: Redis
  /** With every budget off that is not given. @param client default: `redis` */
  open(limits: Partial<Settings['budgets']>, resendSeconds?: number | null, client?: Redis): Budgets
  /** Makes all that a budget, or a prefix or block, remembers so much older. */
  age(key: string, ms: number): Promise<void>
  /** When the oldest entry of a budget is so old, Unix time in ms. */
  oldest(key: string, ms: number): Promise<number>
  /** Redis's clock, Unix time in ms. */
  now(): Promise<number>
  /** Every key that there is, with its life in ms. */
  lives(): Promise<Record<string, number>>
  close(): Promise<void>
}

const off: Settings['budgets'] = {
  ...defaults.budgets,
  smsPerMobileHour: null,
  smsPerMobileDay: null,
  smsPerAddressHour: null,
  smsPerAddressDay: null,
  smsPerMinute: null,
  wrongCodesPerMobileDay: null,
  pumping: null,
}

export async function openBudgetLab(): Promise<BudgetLab> {
  const server = await startRedis()
  const redis = new Redis(server.socketPath)

  return {
    redis,
    open(limits, resendSeconds = null, client = redis) {
      const figures = new BudgetFigures()
      const log = recordingLogger()
      const rules = { budgets: { ...off, ...limits }, resendSeconds, ttlSeconds: 300 }
      const logger = { ...log, debug: () => undefined }
      return { budgets: new SmsBudgets(client, rules, { figures, logger }), figures, log }
    },
    async age(key, ms) {
      for (const token of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -ms, token)
    },
    async oldest(key, ms) {
      const [, at] = await redis.zrange(key, '0', '0', 'WITHSCORES')
      return Number(at) + ms
    },
    async now() {
      const [seconds, microseconds] = await redis.time()
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
    },
    async lives() {
      const keys = await redis.keys('*')
      return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await redis.pttl(key)] as const)))
    },
    async close() {
      redis.disconnect()
      await server.stop()
    },
  }
}

/** Asks for one SMS. @returns null when it may be sent, else in how many seconds it may */
export async function ask({ budgets }: Budgets, mobile: string, address = '192.0.2.1'): Promise<number | null> {
  return refusalOf(budgets.spend(budgets.costOf(mobile, address)))
}

/** @returns null for what went well, else the seconds of its refusal */
export async function refusalOf(work: Promise<void>): Promise<number | null> {
  try {
    await work
    return null
  } catch (error) {
    if (!(error instanceof AppError) || error.error !== 'SMS_TOO_FREQUENT') throw error
    return error.retryAfterSeconds ?? Number.NaN
  }
}
