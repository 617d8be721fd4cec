import { startPage } from '../start-page.ts'
import AccountPage from './AccountPage.vue'
import { accountTexts } from './texts.ts'

startPage(AccountPage, () => accountTexts.title)
