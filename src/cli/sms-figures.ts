import type { Redis } from 'ioredis'
import { minuteMs } from '../app/budgets/limits.ts'
import { totalKey } from '../app/budgets/budget-keys.ts'
import type { GatewayRow, SmsFigures } from '../monitor/wire-types.ts'
import type { GatewayFigures } from '../sms/health-board.ts'
import type { ProcessFigures } from './process-figures.ts'

/** Where the figures come from. */
export interface SmsFigureSources {
  readonly figures: ProcessFigures
  /** Where the budgets are. */
  readonly codes: Redis
  /** SMS in a minute, all together; null: no limit. */
  readonly limit: number | null
}

/** What the dashboard shows of gateways and budgets. @throws what ioredis throws */
export async function readSmsFigures({ figures, codes, limit }: SmsFigureSources): Promise<SmsFigures> {
  const { refused } = figures.budgets.now()
  return {
    gateways: figures.gateways.figures().map(gatewayRow),
    budgets: [{ name: 'smsPerMinute', limit, used: limit === null ? 0 : await usedOf(codes) }],
    refused: Object.fromEntries(Object.entries(refused).filter(([, count]) => count > 0)),
  }
}

/** What the budget of a minute has spent, by the clock of its own Redis. */
async function usedOf(codes: Redis): Promise<number> {
  const [seconds] = await codes.time()
  return codes.zcount(totalKey, Number(seconds) * 1000 - minuteMs, '+inf')
}

function gatewayRow({ gateway: name, lastErrorAt, lastAt, ...figures }: GatewayFigures): GatewayRow {
  return { name, ...figures, lastErrorAt: timeOf(lastErrorAt), lastAt: timeOf(lastAt) }
}

function timeOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso)
}
