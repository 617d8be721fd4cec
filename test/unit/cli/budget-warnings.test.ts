import { expect } from 'chai'
import { defaults } from '../../../config/default.ts'
import { warnOfBudgetsOff } from '../../../src/cli/budget-warnings.ts'
import type { EnvironmentName } from '../../../src/config/settings-types.ts'
import { recordingLogger } from '../../support/recording-logger.ts'

function warnings(
  changes: object,
  environment: EnvironmentName,
  resendSeconds: number | null = 60,
  loginDelays = defaults.accounts.loginDelays,
) {
  const log = recordingLogger()
  const settings = {
    budgets: { ...defaults.budgets, ...changes },
    codes: { ...defaults.codes, resendSeconds },
    accounts: { ...defaults.accounts, loginDelays },
  }
  warnOfBudgetsOff(settings, environment, log)
  return log.lines.map(({ level, fields }) => ({ level, ...fields }))
}

describe('a start with budgets that are switched off', () => {
  it('says in production which', () => {
    const off = ['codes.resendSeconds', 'budgets.smsPerMinute', 'budgets.pumping']
    const lines = warnings({ smsPerMinute: null, pumping: null }, 'production', null)
    expect(lines).to.deep.equal([{ level: 'warn', off }])
  })

  it('says which delays of the login are', () => {
    const loginDelays = { ...defaults.accounts.loginDelays, freeTries: null, freeTriesPerAddress: null }
    const off = ['accounts.loginDelays.freeTries', 'accounts.loginDelays.freeTriesPerAddress']
    expect(warnings({}, 'production', 60, loginDelays)).to.deep.equal([{ level: 'warn', off }])
  })

  it('says nothing where all are on, nor where it is no production', () => {
    expect(warnings({}, 'production')).to.deep.equal([])
    expect(warnings({ smsPerMinute: null }, 'development')).to.deep.equal([])
    expect(warnings({ smsPerMinute: null }, 'test')).to.deep.equal([])
  })
})
