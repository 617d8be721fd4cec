import { computed, ref, watchEffect } from 'vue'
import { keepChoice, readChoice } from './kept-choice.ts'

/** Light or dark colours, or as the system has them. In the order in which the button goes through them. */
export const THEMES = ['system', 'light', 'dark'] as const

export type Theme = (typeof THEMES)[number]

const KEY = 'lovage-theme'
const systemIsDark = ref(false)

/** What was chosen. */
export const theme = ref<Theme>('system')

/** Whether the colours in use are the dark ones, for what is not drawn by the style sheets. */
export const dark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))

/** Takes the colours of an earlier choice, else the system's (`prefers-color-scheme`), and follows the system from then on. */
export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  systemIsDark.value = system.matches
  system.addEventListener('change', ({ matches }) => (systemIsDark.value = matches))
  theme.value = readChoice(KEY, THEMES) ?? 'system'
  // The style sheet's dark colours hang on this attribute.
  watchEffect(() => (document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'))
}

/** Goes on to the next of `THEMES`, for this page and for later visits. */
export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  keepChoice(KEY, theme.value)
}
