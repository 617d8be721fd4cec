import { expect } from 'chai'
import { SettingsError } from '../../../src/config/settings-error.ts'
import type { SettingFault } from '../../../src/config/settings-error.ts'

/** The SettingsError that `action` throws; fails if it throws none. */
export function settingsErrorOf(action: () => unknown): SettingsError {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  if (!(thrown instanceof SettingsError)) expect.fail(`expected a SettingsError, came ${String(thrown)}`)
  return thrown
}

/** The faults that `action` reports. */
export function faultsOf(action: () => unknown): readonly SettingFault[] {
  return settingsErrorOf(action).faults
}
