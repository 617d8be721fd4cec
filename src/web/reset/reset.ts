import { startPage } from '../start-page.ts'
import ResetPage from './ResetPage.vue'
import { resetTexts } from './texts.ts'

startPage(ResetPage, () => resetTexts.title)
