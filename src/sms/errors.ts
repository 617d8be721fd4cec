/** Every code that the errors of this part carry, with what it means. */
export const smsErrorCodes = {
  SMS_GATEWAY_UNKNOWN: 'no gateway has that name',
  SMS_SETTING_INVALID: 'a setting of the gateway is missing or has a bad value',
  SMS_MESSAGE_INVALID: 'a message has a field that no gateway can send',
} as const

/** One of the codes of {@link smsErrorCodes}. */
export type SmsErrorCode = keyof typeof smsErrorCodes

/** A mistake of the caller, never of the provider or the network. Its text holds no code, mobile or credential. */
export class SmsError extends Error {
  readonly code: SmsErrorCode

  constructor(code: SmsErrorCode, message: string) {
    super(message)
    this.name = 'SmsError'
    this.code = code
  }
}

/** Says what came without showing it: for values that are secrets, or may be. */
export function describeHidden(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  return typeof value === 'string' ? `a text of length ${value.length}` : `a value of type ${typeof value}`
}
