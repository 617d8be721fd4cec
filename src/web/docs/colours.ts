import { watchEffect } from 'vue'
import { dark, startTheme } from '../theme.ts'

/** Has Swagger UI in the colours that all pages have: it has a class for dark ones, and does not look by itself. */
export function followColours(): void {
  startTheme()
  watchEffect(() => void document.documentElement.classList.toggle('dark-mode', dark.value))
}
