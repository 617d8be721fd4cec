import type Koa from 'koa'
import type { Wording } from './errors.ts'

/** A language that the service speaks: those of every `Wording`. */
export type Language = keyof Wording

/** The languages' BCP 47 tags, for `Content-Language`. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' }

/**
 * The language that a client prefers, by its `Accept-Language` (RFC 9110, section 12.5.4): `en-GB` asks for English,
 * `zh-TW` for Chinese. Chinese is first in the list, so it is what a client gets that names no language, any language,
 * only others, or something unreadable.
 */
export function languageOf(ctx: Koa.Context): Language {
  return ctx.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'
}
