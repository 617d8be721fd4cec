import type { SmsMessage } from './gateway.ts'

/** A text with `{code}` and `{minutes}` filled in. */
export function messageText(text: string, { code, validMinutes }: Pick<SmsMessage, 'code' | 'validMinutes'>): string {
  return text.replaceAll('{code}', () => code).replaceAll('{minutes}', String(validMinutes))
}
