import { createApp } from 'vue'
import RegisterPage from './RegisterPage.vue'
import { texts } from '../texts.ts'

document.documentElement.lang = texts.lang
document.title = texts.register.title
createApp(RegisterPage).mount('#app')
