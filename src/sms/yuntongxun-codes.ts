import type { SmsResult } from './gateway.ts'

type SmsClass = SmsResult['class']

/**
 * What the provider's status codes mean for a message. Two codes with a dash between are a range, both ends included.
 *
 * 160054 is a repeated reqId: ours comes from the task's id, so the message had been accepted before.
 */
export const codeClasses: ReadonlyMap<SmsClass, readonly string[]> = new Map<SmsClass, readonly string[]>([
  ['accepted', ['000000', '160054']],
  ['transient', ['111000-111099', '111111', '160000-160010', '160016', '160050', '161000-161006', '172001', '172003']],
  ['throttled', ['112314', '160015', '160021', '160022', '160038', '160039', '160040', '160041', '160056']],
  ['recipient', ['112310', '112317', '113302', '160013', '160034', '160042', '160051']],
  [
    'configuration',
    ['111106', '111109', '111141', '111142', '111181', '112311', '160014', '160032', '160043', '160053'],
  ],
])

/**
 * The class of a six-digit status code.
 *
 * A code that the table does not know counts as configuration. The codes that the provider documents beyond the table
 * are about our account, template or request, which a retry does not mend; and the class ends in a dead letter and an
 * alarm, so a person sees the new code, and can send the message again if it was a passing trouble after all.
 */
export function classOfCode(code: string): SmsClass {
  for (const [name, entries] of codeClasses) {
    if (entries.some((entry) => covers(entry, code))) return name
  }
  return 'configuration'
}

/** All codes have six digits, so they compare as text. */
function covers(entry: string, code: string): boolean {
  const [first = entry, last = first] = entry.split('-')
  return first <= code && code <= last
}

/** Codes for a network that failed behind the provider's door: the message may have been sent. */
export const openCodes: ReadonlySet<string> = new Set(['172001', '172003'])
