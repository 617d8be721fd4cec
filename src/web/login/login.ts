import { startPage } from '../start-page.ts'
import LoginPage from './LoginPage.vue'
import { loginTexts } from './texts.ts'

startPage(LoginPage, () => loginTexts.title)
