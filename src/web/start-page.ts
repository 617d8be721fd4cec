import { createApp, watchEffect, type Component } from 'vue'
import { findLanguage, language, LANGUAGE_TAGS } from './language.ts'
import { startTheme } from './theme.ts'

/**
 * Shows a page in the visitor's language and colours.
 *
 * @param title its title in the language in use; read again when that changes
 */
export function startPage(page: Component, title: () => string): void {
  findLanguage(navigator.languages)
  startTheme()
  watchEffect(() => {
    document.documentElement.lang = LANGUAGE_TAGS[language.value]
    document.title = title()
  })
  createApp(page).mount('#app')
}
