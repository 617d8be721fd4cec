import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Settings } from '../../../config/default.ts'
import { maskPrefix } from '../../sms/mask.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { LuaScript } from '../lua-script.ts'
import type { BudgetFigures, Refuser } from './budget-figures.ts'
import { blockOf, prefixOf, smsKeys, type SmsKeys } from './budget-keys.ts'
import { dayMs, hourMs, limitsOf, minuteMs, type Limit } from './limits.ts'

const library = new URL('budget.lua', import.meta.url)

/** What one SMS is to cost. */
export interface SmsCost {
  readonly mobile: string
  /** The client's, in canonical form. */
  readonly address: string
  /** By which what it has cost is found again. */
  readonly token: string
}

export interface SmsBudgetRules {
  budgets: Settings['budgets']
  /** Least time between two codes for one mobile, in seconds; null: none. */
  resendSeconds: number | null
  /** How long a code can be used, in seconds. */
  ttlSeconds: number
}

/** The budgets of spend-sms.lua, in their order; those that are switched off are left out. */
type Row = { readonly key: 'mobile' | 'address' | 'total'; readonly by: Refuser; readonly limits: readonly Limit[] }

/** Where spend-sms.lua has what is no budget. */
const places: Readonly<Record<number, Refuser>> = {
  1: 'resend',
  2: 'wrongCodes',
  4: 'pumpingPrefix',
  6: 'pumpingBlock',
}
const firstBudget = 8

/**
 * What an SMS costs: the mobile's flag, and one of the budgets of the mobile, of the client's address, and of all together.
 *
 * 1. `spend` looks at everything and takes all of it, or nothing, in one step.
 * 2. `giveBack` returns it when the SMS was not sent.
 *
 * `spend` also looks whether too many of the last codes of the mobile's neighbours, or the address's, were never used: SMS
 * pumping. A code counts as unused until used-codes.ts learns of its use.
 */
export class SmsBudgets {
  readonly #redis: Redis
  readonly #rows: readonly Row[]
  readonly #rules: string
  readonly #figures: BudgetFigures
  readonly #logger: Logger
  readonly #spend = new LuaScript(new URL('spend-sms.lua', import.meta.url), [library])
  readonly #giveBack = new LuaScript(new URL('give-back-sms.lua', import.meta.url))
  #totalToldAt = -Infinity

  constructor(redis: Redis, rules: SmsBudgetRules, { figures, logger }: { figures: BudgetFigures; logger: Logger }) {
    this.#redis = redis
    this.#rows = rowsOf(rules.budgets)
    this.#rules = scriptRules(rules, this.#rows)
    this.#figures = figures
    this.#logger = logger
  }

  /** What one SMS would cost; nothing is spent yet. */
  costOf(mobile: string, address: string): SmsCost {
    return { mobile, address, token: randomUUID() }
  }

  /** @throws AppError SMS_TOO_FREQUENT, with the time after which it would pass; what Redis answered */
  async spend({ mobile, address, token }: SmsCost): Promise<void> {
    const keys = smsKeys(mobile, address)
    const block = blockOf(address)
    const answer = await this.#spend.run(this.#redis, this.#spentKeys(keys), [this.#rules, token, block])
    const { waitMs, refusing, suspicious, alarmed } = readAnswer(answer)
    for (const place of suspicious) this.#figures.countSuspicious(place === 4 ? 'prefix' : 'block')
    for (const place of alarmed) this.#alarm(place === 4 ? ['prefix', prefixOf(mobile)] : ['block', block])
    if (refusing.length === 0) return this.#figures.countSpent('sms')
    const refusers = refusing.flatMap((place) => places[place] ?? this.#rows[place - firstBudget]?.by ?? [])
    for (const by of refusers) this.#countRefusal(by)
    throw new AppError('SMS_TOO_FREQUENT', { retryAfterSeconds: Math.ceil(waitMs / 1000), by: refusers.join(', ') })
  }

  /** May be done twice, and where it was not spent. */
  async giveBack({ mobile, address, token }: SmsCost): Promise<void> {
    const keys = smsKeys(mobile, address)
    const spent = [keys.flag, keys.unused, keys.prefixCodes, keys.blockCodes, ...this.#rows.map(({ key }) => keys[key])]
    await this.#giveBack.run(this.#redis, spent, [token, blockOf(address)])
  }

  #spentKeys(keys: SmsKeys): string[] {
    const { flag, wrongCodes, unused, prefixCodes, prefixAlarm, blockCodes, blockAlarm } = keys
    const budgets = this.#rows.map(({ key }) => keys[key])
    return [flag, wrongCodes, unused, prefixCodes, prefixAlarm, blockCodes, blockAlarm, ...budgets]
  }

  #countRefusal(by: Refuser): void {
    this.#figures.countRefusal(by)
    const now = performance.now()
    if (by !== 'smsTotal' || now - this.#totalToldAt < minuteMs) return
    this.#totalToldAt = now
    const refused = this.#figures.now().refused.smsTotal
    this.#logger.warn(
      { setting: 'budgets.smsPerMinute', refused },
      'no more SMS for this minute: their budget is spent',
    )
  }

  #alarm([place, name]: ['prefix' | 'block', string]): void {
    this.#figures.countAlarm(place)
    const shown = place === 'prefix' ? maskPrefix(name) : name
    const what = place === 'prefix' ? 'numbers that begin with the same seven digits' : 'addresses within this'
    this.#logger.error(
      { setting: 'budgets.pumping', [place]: shown },
      `SMS pumping? Of the last codes for ${what}, hardly one was used`,
    )
  }
}

function rowsOf(budgets: Settings['budgets']): Row[] {
  const mobile = limitsOf([budgets.smsPerMobileHour, hourMs], [budgets.smsPerMobileDay, dayMs])
  const address = limitsOf([budgets.smsPerAddressHour, hourMs], [budgets.smsPerAddressDay, dayMs])
  const total = limitsOf([budgets.smsPerMinute, minuteMs])
  const rows: Row[] = [
    { key: 'mobile', by: 'smsPerMobile', limits: mobile },
    { key: 'address', by: 'smsPerAddress', limits: address },
    { key: 'total', by: 'smsTotal', limits: total },
  ]
  return rows.filter(({ limits }) => limits.length > 0)
}

/** The rules as spend-sms.lua reads them. */
function scriptRules({ budgets, resendSeconds, ttlSeconds }: SmsBudgetRules, rows: readonly Row[]): string {
  const { pumping, pumpingCodes, pumpingUnusedPercent, pumpingSeconds, wrongCodesPerMobileDay } = budgets
  return JSON.stringify({
    ...(resendSeconds !== null && { flagMs: resendSeconds * 1000 }),
    ...(wrongCodesPerMobileDay !== null && { wrongCodes: limitsOf([wrongCodesPerMobileDay, dayMs]) }),
    budgets: rows.map(({ limits }) => limits),
    ...(pumping !== null && {
      pumping: {
        codes: pumpingCodes,
        unusedPercent: pumpingUnusedPercent,
        ms: pumpingSeconds * 1000,
        deny: pumping === 'deny',
        usableMs: ttlSeconds * 1000,
      },
    }),
  })
}

function readAnswer(answer: unknown): {
  waitMs: number
  refusing: readonly number[]
  suspicious: readonly number[]
  alarmed: readonly number[]
} {
  if (!Array.isArray(answer)) throw new TypeError(`spend-sms.lua: expected a list, got ${typeof answer}`)
  const [waitMs, ...lists] = answer as [unknown, ...unknown[]]
  const [refusing = [], suspicious = [], alarmed = []] = lists.map((list) =>
    Array.isArray(list) ? list.map(Number) : [],
  )
  return { waitMs: Number(waitMs), refusing, suspicious, alarmed }
}
