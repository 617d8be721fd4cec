import type { Logger } from '../app/logger.ts'
import type { EnvironmentName, ResolvedSettings } from '../config/settings-types.ts'

/** Says in the log which budgets are switched off, where that is no test: in production. */
export function warnOfBudgetsOff(
  { budgets, codes }: Pick<ResolvedSettings, 'budgets' | 'codes'>,
  environment: EnvironmentName,
  logger: Pick<Logger, 'warn'>,
): void {
  if (environment !== 'production') return
  const off = Object.entries(budgets).flatMap(([name, value]) => (value === null ? [`budgets.${name}`] : []))
  if (codes.resendSeconds === null) off.unshift('codes.resendSeconds')
  if (off.length > 0) logger.warn({ off }, 'these budgets are switched off: nothing bounds what they are for')
}
