import { inLanguage } from './language.ts'
import { EN } from './texts-en.ts'
import { ZH } from './texts-zh.ts'

export type Texts = typeof ZH

/**
 * The texts that several pages share, in the language in use; each page has its own beside it. What the server says (`errmsg`) is
 * shown as it comes, in the language asked for with `Accept-Language`.
 */
export const texts: Texts = inLanguage<Texts>({ zh: ZH, en: EN })
