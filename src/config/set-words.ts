import { variableFor } from './environment-table.ts'
import type { SettingPath } from './settings-types.ts'

/** What to do about a setting: "set NAME" or "set NAME=value". */
export function set(path: SettingPath, value?: string): string {
  const name = variableFor(path) ?? path
  return value === undefined ? `set ${name}` : `set ${name}=${value}`
}
