import { nextTick } from 'vue'
import type { FieldName } from './checks.ts'

/** Puts the keyboard focus on a field. Waits for its error to be on the page first, so that it is read out with the field. */
export async function focusField(field: FieldName): Promise<void> {
  await nextTick()
  document.getElementById(field)?.focus()
}
