import { startPage } from '../start-page.ts'
import { route } from './current-route.ts'
import MonitorPage from './MonitorPage.vue'
import { texts } from './texts.ts'

startPage(MonitorPage, () => `${texts.views[route.value.page]} - ${texts.title}`)
