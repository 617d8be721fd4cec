import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import { findings } from './axe.ts'
import { FormPage } from './form-page.ts'
import { useSite } from './site.ts'

/** A state of a page that is looked at, in each language and in both colours. */
interface State {
  name: string
  loggedIn?: true
  reach: (page: Page, form: FormPage) => Promise<unknown>
}

const STATES: State[] = [
  { name: 'the first page', reach: (page) => page.goto('/').then(() => page.locator('a.primary').waitFor()) },
  {
    name: 'the first page of who is logged in',
    loggedIn: true,
    reach: (page) => page.goto('/').then(() => page.locator('a[href="/account.html"]').waitFor()),
  },
  {
    name: 'the registration, empty',
    async reach(page, form) {
      await page.goto('/register.html')
      await form.captchaId()
    },
  },
  {
    name: 'the registration with its errors, a strength and a code on its way',
    async reach(page, form) {
      await page.goto('/register.html')
      await form.enter({ phone: newMobile(), pwd: 'password' })
      await form.askForCode()
      await form.submitButton.click()
      await page.locator('.strength[data-level]').waitFor()
      await page.locator('#allow-line .error').waitFor()
    },
  },
  {
    name: 'the login with its errors',
    async reach(page, form) {
      await page.goto('/login.html')
      await form.submitButton.click()
      await form.enter({ account: 'nobody_here', old_pwd: 'password_1' })
      await form.submitButton.click()
      await page.locator('[role=alert]:not(:empty)').waitFor()
    },
  },
  {
    name: 'the page for a forgotten password',
    async reach(page, form) {
      await page.goto('/reset.html')
      await form.captchaId()
    },
  },
  {
    name: 'the account with the form for a mobile',
    loggedIn: true,
    async reach(page, form) {
      await page.goto('/account.html')
      await page.locator('#change-mobile').click()
      await form.captchaId()
    },
  },
  {
    name: 'the account with the form for a password',
    loggedIn: true,
    async reach(page, form) {
      await page.goto('/account.html')
      await page.locator('#change-password').click()
      await form.submitButton.click()
      await page.locator('#cpwd-line .error').waitFor()
    },
  },
]

describe('axe-core', function () {
  this.timeout(60_000)
  const site = useSite()

  for (const locale of ['zh-CN', 'en-US']) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`finds nothing on any page, ${colorScheme}, ${locale}`, async () => {
        for (const { name, loggedIn, reach } of STATES) {
          const visit = await site.visit({ locale, colorScheme, refused: [/^\/info$/, /^\/login$/] })
          if (loggedIn) await site.signUp(visit)
          await reach(visit.page, new FormPage(visit.page, site))
          expect(await findings(visit.page), name).to.deep.equal([])
        }
      })
    }
  }

  it('finds what is wrong', async () => {
    const { page } = await site.visit()
    await page.goto('/login.html')
    await page.locator('#account').waitFor()
    await page.evaluate(`document.querySelector('label').remove()`)
    expect((await findings(page)).join('\n')).to.match(/^critical label: .*account/m)
  })
})
