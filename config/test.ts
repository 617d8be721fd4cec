import type { SettingsOverrides } from './default.ts'

/** What differs in tests: cheap password hashes and a port of its own. */
export const overrides: SettingsOverrides = {
  http: { port: 0 },
  accounts: { bcryptCost: 4 },
}
