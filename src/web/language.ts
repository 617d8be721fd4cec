import { ref, shallowReactive, watch } from 'vue'
import { keepChoice, readChoice } from './kept-choice.ts'

/** The languages of the pages, by which their texts are found. */
export const LANGUAGES = ['zh', 'en'] as const

export type Language = (typeof LANGUAGES)[number]

/** Their BCP 47 tags, for `<html lang>` and `Accept-Language`. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' }

const KEY = 'lovage-language'

/** The language in use. Only `chooseLanguage` and `findLanguage` set it. */
export const language = ref<Language>('zh')

/**
 * Takes the language of an earlier choice, else the first one of the browser's that there is, else Chinese.
 *
 * @param browser the tags of its languages, the preferred one in front
 */
export function findLanguage(browser: readonly string[]): void {
  language.value = readChoice(KEY, LANGUAGES) ?? firstOf(browser) ?? 'zh'
}

/** Changes the language, for this page and for later visits. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen
  keepChoice(KEY, chosen)
}

function firstOf(tags: readonly string[]): Language | undefined {
  for (const tag of tags) {
    const found = LANGUAGES.find((name) => tag.toLowerCase().split('-')[0] === name)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Texts in the language in use. Its sections are replaced when the language changes, and what shows `texts.section.text` is
 * drawn anew; a section that was put into a variable stays as it was.
 */
export function inLanguage<T extends object>(wordings: Readonly<Record<Language, T>>): T {
  const texts = shallowReactive({ ...wordings[language.value] })
  watch(language, (now) => Object.assign(texts, wordings[now]), { flush: 'sync' })
  return texts
}
