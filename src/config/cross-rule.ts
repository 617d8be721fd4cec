import type { Settings } from '../../config/default.ts'
import type { EnvironmentName, SettingPath } from './settings-types.ts'

/** A rule over more than one setting, or over a setting and the environment. */
export interface CrossRule {
  /** The setting that is at fault when the rule is broken. */
  readonly setting: SettingPath
  /** All settings that the rule looks at. It is only asked when each of them is right by itself. */
  readonly reads: readonly SettingPath[]
  /** What was expected, or null when all is well. */
  readonly broken: (settings: Settings, environment: EnvironmentName) => string | null
}
