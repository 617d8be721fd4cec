import { createApp } from 'vue'
import HomePage from './HomePage.vue'
import { texts } from '../texts.ts'

document.documentElement.lang = texts.lang
document.title = texts.home.title
createApp(HomePage).mount('#app')
