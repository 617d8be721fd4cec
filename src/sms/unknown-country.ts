import type { SmsFailure } from './gateway.ts'

/** What becomes of a number without its country's code, at a provider that serves all countries. */
export const unknownCountry: SmsFailure = {
  class: 'recipient',
  providerCode: 'UNKNOWN_COUNTRY',
  reason: "the number has no country's code, and is not one of the Chinese mainland",
  unasked: true,
}
