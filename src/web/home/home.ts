import { startPage } from '../start-page.ts'
import HomePage from './HomePage.vue'
import { homeTexts } from './texts.ts'

startPage(HomePage, () => homeTexts.title)
