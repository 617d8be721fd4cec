import type { Logger } from '../app/logger.ts'
import type { EnvironmentName, ResolvedSettings } from '../config/settings-types.ts'

/** Says in the log which budgets and delays are switched off, where that is no test: in production. */
export function warnOfBudgetsOff(
  { budgets, codes, accounts }: Pick<ResolvedSettings, 'budgets' | 'codes' | 'accounts'>,
  environment: EnvironmentName,
  logger: Pick<Logger, 'warn'>,
): void {
  if (environment !== 'production') return
  const off = [
    ...(codes.resendSeconds === null ? ['codes.resendSeconds'] : []),
    ...switchedOff('budgets', budgets),
    ...switchedOff('accounts.loginDelays', accounts.loginDelays),
  ]
  if (off.length > 0) logger.warn({ off }, 'these limits are switched off: nothing bounds what they are for')
}

function switchedOff(group: string, settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]) => (value === null ? [`${group}.${name}`] : []))
}
