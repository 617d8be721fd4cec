import type { SettingsOverrides } from './default.ts'

/** What differs in tests: cheap password hashes, a port of its own, and nothing that all tests together would use up from their one address. */
export const overrides: SettingsOverrides = {
  http: { port: 0 },
  accounts: { bcryptCost: 4 },
  budgets: {
    smsPerAddressHour: null,
    smsPerAddressDay: null,
    smsPerMinute: null,
    picturesPerAddressMinute: null,
    countsPerAddressMinute: null,
    loginsPerAddressMinute: null,
  },
}
