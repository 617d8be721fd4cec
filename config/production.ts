import type { SettingsOverrides } from './default.ts'

/** What differs in production: nothing; secrets must come from the environment. */
export const overrides: SettingsOverrides = {}
