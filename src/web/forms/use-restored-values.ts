import { onMounted, onUnmounted } from 'vue'
import type { Form } from './use-form.ts'

/**
 * For whoever comes back to a form by the browser's buttons: the browser may show it as it was left, busy; or load it again and
 * then put into the fields what was typed, with no event that would tell.
 */
export function useRestoredValues({
  fields,
  values,
  submitting,
}: Pick<Form, 'fields' | 'values' | 'submitting'>): void {
  function wake(event: PageTransitionEvent): void {
    if (event.persisted) submitting.value = false
    for (const name of fields) {
      const input = document.getElementById(name)
      if (!(input instanceof HTMLInputElement)) continue
      if (name === 'allow') values.allow = input.checked
      else values[name] = input.value
    }
  }
  onMounted(() => window.addEventListener('pageshow', wake))
  onUnmounted(() => window.removeEventListener('pageshow', wake))
}
