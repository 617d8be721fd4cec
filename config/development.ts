import type { SettingsOverrides } from './default.ts'

/** What differs while developing: nothing. */
export const overrides: SettingsOverrides = {}
