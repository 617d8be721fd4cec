import type { SmsFailureClass } from './gateway.ts'

/** What a provider's codes mean for a message: for each class its codes. One that ends in `*` stands for all that begin so. */
export type CodeTable = Readonly<Record<SmsFailureClass, readonly string[]>>

/**
 * The class of a code.
 *
 * A code that the table does not know counts as configuration: the class ends in a dead letter and an alarm, so a person sees the
 * new code, and can send the message again if it was a passing trouble after all.
 */
export function classIn(table: CodeTable, code: string): SmsFailureClass {
  const names = Object.keys(table) as SmsFailureClass[]
  const exact = names.find((name) => table[name].includes(code))
  if (exact !== undefined) return exact
  const covers = (entry: string): boolean => entry.endsWith('*') && code.startsWith(entry.slice(0, -1))
  return names.find((name) => table[name].some(covers)) ?? 'configuration'
}
