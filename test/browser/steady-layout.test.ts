import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import { FormPage } from './form-page.ts'
import { useSite } from './site.ts'

/** Where each input, button and link of the page's content is, from the top of the document. */
const READ_PLACES = `[...document.querySelectorAll('main :is(input, button, a)')].map((element) =>
  (element.id || element.className || element.textContent) + ' at ' + Math.round(element.getBoundingClientRect().top + scrollY))`

/** Counts what moves by itself, as browsers count it (Layout Instability): 0 is nothing. */
const COUNT_SHIFTS = `window.shifts = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts += entry.value
}).observe({ type: 'layout-shift', buffered: true })`

describe('nothing on a page moves', () => {
  const site = useSite()

  for (const [locale, width] of [
    ['zh-CN', 1024],
    ['zh-CN', 320],
    ['en-US', 1024],
    ['en-US', 320],
  ] as const) {
    it(`when errors, notes and strengths come and go, ${locale}, ${width} px wide`, async () => {
      const { page } = await site.visit({ locale, viewport: { width, height: 700 }, refused: [/^\/register$/] })
      await page.goto('/register.html')
      const form = new FormPage(page, site)
      await form.captchaId()
      const places = await placesOf(page)
      expect(places.length).to.be.greaterThan(12)

      await form.submitButton.click()
      await page.locator('#allow-line .error').waitFor()
      expect(await placesOf(page), 'with every field missing').to.deep.equal(places)

      await form.enter({ user_name: '13800138000', pwd: 'x', cpwd: 'y', phone: '1', pic_code: '?', msg_code: '1' })
      await form.submitButton.click()
      await page.locator('#msg_code-line .error').waitFor()
      await page.locator('.strength[data-level]').waitFor()
      expect(await placesOf(page), 'with every field malformed').to.deep.equal(places)

      await form.enter({ phone: newMobile(), pwd: 'password' })
      await form.askForCode()
      await page.locator('.strength[data-level="0"]').waitFor()
      expect(await placesOf(page), 'with a code on its way').to.deep.equal(places)
    })
  }

  it('while it is loaded', async () => {
    const visit = await site.visit({ refused: [/^\/info$/] })
    for (const loggedIn of [false, true]) {
      if (loggedIn) await site.signUp(visit)
      const { page } = visit
      for (const path of [
        '/',
        '/register.html',
        '/login.html',
        '/reset.html',
        ...(loggedIn ? ['/account.html'] : []),
      ]) {
        await page.goto(path)
        await page.evaluate(COUNT_SHIFTS)
        await page.waitForLoadState('networkidle')
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
        expect(await page.evaluate<number>('window.shifts'), path).to.be.lessThan(0.01)
      }
    }
  })
})

function placesOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(READ_PLACES)
}
