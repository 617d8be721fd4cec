import { startPage } from '../start-page.ts'
import RegisterPage from './RegisterPage.vue'
import { registerTexts } from './texts.ts'

startPage(RegisterPage, () => registerTexts.title)
