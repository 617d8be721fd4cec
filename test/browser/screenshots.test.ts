import type { Page } from 'playwright-core'
import type { VisitOptions } from '../support/browser.ts'
import { FormPage } from './form-page.ts'
import { takePicture } from './screenshots.ts'
import { useSite } from './site.ts'

const LIMIT_BYTES = 100_000

interface Picture {
  file: string
  options: VisitOptions
  loggedIn?: true
  reach: (page: Page, form: FormPage) => Promise<unknown>
}

const DESKTOP = { width: 560, height: 860 }
const PHONE = { width: 320, height: 740 }

async function fillRegistration(page: Page, form: FormPage): Promise<void> {
  await page.goto('/register.html')
  await form.captchaId()
  await form.enter({ user_name: 'li', pwd: 'sunflower8', cpwd: 'sunflower', phone: '13800138000' })
  await form.submitButton.click()
  await form.enter({ pwd: 'sunflower8_tea' })
  await page.locator('.strength[data-level="3"]').waitFor()
  await form.field('msg_code').focus()
}

const PICTURES: Picture[] = [
  { file: 'register-zh-light.png', options: { viewport: DESKTOP }, reach: fillRegistration },
  {
    file: 'register-en-dark.png',
    options: { viewport: DESKTOP, locale: 'en-US', colorScheme: 'dark' },
    reach: fillRegistration,
  },
  { file: 'register-zh-phone.png', options: { viewport: PHONE }, reach: fillRegistration },
  {
    file: 'login-en-light.png',
    options: { viewport: { width: 560, height: 560 }, locale: 'en-US' },
    async reach(page, form) {
      await page.goto('/login.html')
      await form.enter({ account: 'li_xiaolong', old_pwd: 'sunflower8_tea' })
    },
  },
  {
    file: 'reset-zh-dark.png',
    options: { viewport: DESKTOP, colorScheme: 'dark' },
    async reach(page, form) {
      await page.goto('/reset.html')
      await form.captchaId()
    },
  },
  {
    file: 'account-zh-light.png',
    options: { viewport: { width: 780, height: 820 } },
    loggedIn: true,
    reach: (page) => page.goto('/account.html').then(() => page.locator('.sessions').waitFor()),
  },
  {
    file: 'account-en-dark.png',
    options: { viewport: { width: 780, height: 1000 }, locale: 'en-US', colorScheme: 'dark' },
    loggedIn: true,
    async reach(page, form) {
      await page.goto('/account.html')
      await page.locator('#change-password').click()
      await form.enter({ pwd: 'vK8_tq2Lx9wZ' })
      await page.locator('.strength[data-level]').waitFor()
    },
  },
]

const DEVICES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
]

describe('the pictures of the pages', () => {
  const site = useSite()

  for (const { file, options, loggedIn, reach } of PICTURES) {
    it(`${file} is small`, async () => {
      const visit = await site.visit({ ...options, refused: [/^\/info$/] })
      if (loggedIn) {
        const person = await site.signUp(visit)
        for (const device of DEVICES) await site.logInElsewhere(person, device)
      }
      await reach(visit.page, new FormPage(visit.page, site))
      await takePicture(visit.page, file, LIMIT_BYTES)
    })
  }
})
