import type { Redis } from 'ioredis'
import { minuteMs } from '../app/budgets/limits.ts'
import { totalKey } from '../app/budgets/budget-keys.ts'
import type { BudgetFiguresNow } from '../app/budgets/budget-figures.ts'
import type { GatewayRow, PumpingRow, SmsFigures } from '../monitor/wire-types.ts'
import type { GatewayFigures } from '../sms/health-board.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import type { ProcessFigures } from './process-figures.ts'

/** Where the figures come from. */
export interface SmsFigureSources {
  readonly figures: ProcessFigures
  /** Where the budgets are. */
  readonly codes: Redis
  readonly budgets: Pick<ResolvedSettings['budgets'], 'smsPerMinute' | 'pumping' | 'pumpingSeconds'>
}

/** What the dashboard shows of gateways and budgets. @throws what ioredis throws */
export async function readSmsFigures({ figures, codes, budgets }: SmsFigureSources): Promise<SmsFigures> {
  const now = figures.budgets.now()
  const { smsPerMinute: limit } = budgets
  return {
    gateways: figures.gateways.figures().map(gatewayRow),
    budgets: [{ name: 'smsPerMinute', limit, used: limit === null ? 0 : await usedOf(codes) }],
    refused: Object.fromEntries(Object.entries(now.refused).filter(([, count]) => count > 0)),
    pumping: budgets.pumping === null ? null : pumpingRows(now, budgets.pumpingSeconds * 1000),
  }
}

/** What the budget of a minute has spent, by the clock of its own Redis. */
async function usedOf(codes: Redis): Promise<number> {
  const [seconds] = await codes.time()
  return codes.zcount(totalKey, Number(seconds) * 1000 - minuteMs, '+inf')
}

/** @param countsMs how long a code counts */
function pumpingRows({ alarms, suspicious, suspectedAt }: BudgetFiguresNow, countsMs: number): PumpingRow[] {
  return (['prefix', 'block'] as const).map((by) => {
    const lastAt = suspectedAt[by]
    const active = lastAt !== null && Date.now() - lastAt < countsMs
    return { by, active, alarms: alarms[by], suspicious: suspicious[by], lastAt }
  })
}

function gatewayRow({ gateway: name, lastErrorAt, lastAt, ...figures }: GatewayFigures): GatewayRow {
  return { name, ...figures, lastErrorAt: timeOf(lastErrorAt), lastAt: timeOf(lastAt) }
}

function timeOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso)
}
