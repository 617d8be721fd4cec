import { BudgetFigures } from '../app/budgets/budget-figures.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { HealthBoard } from '../sms/health-board.ts'

/**
 * What the parts of a process count of their own since it began, for its log, its metrics and its dashboard. Reading looks into memory: nothing
 * is asked over a network, no thread is waited for.
 */
export interface ProcessFigures {
  /** `gateways.figures()`: for each SMS gateway its breaker, the class of its last failure, and messages by what became of them. */
  readonly gateways: HealthBoard
  /** `budgets.now()`: what budgets have refused, and what looks like SMS pumping. Zeros where no HTTP is answered. */
  readonly budgets: BudgetFigures
}

/** Figures that all begin at 0, and which the process's parts are then given. */
export function openFigures({ sms }: Pick<ResolvedSettings, 'sms'>): ProcessFigures {
  return { gateways: new HealthBoard(sms.gateways), budgets: new BudgetFigures() }
}
