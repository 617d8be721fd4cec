import { inLanguage } from '../language.ts'
import { TASKS_EN } from './task-texts-en.ts'
import { TASKS_ZH } from './task-texts-zh.ts'
import { EN } from './texts-en.ts'
import { ZH } from './texts-zh.ts'

export type Texts = typeof ZH & typeof TASKS_ZH

/** The dashboard's texts in the language in use. */
export const texts: Texts = inLanguage<Texts>({ zh: { ...ZH, ...TASKS_ZH }, en: { ...EN, ...TASKS_EN } })
