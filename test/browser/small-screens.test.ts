import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import { ALL_MISSING, expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** Lists what is wider than the screen, and the buttons that cut off their labels. */
const READ_OVERFLOW = `(() => {
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right } = element.getBoundingClientRect()
    return left < -0.5 || right > screen.width + 0.5
  })
  const cut = [...document.querySelectorAll('button')].filter((button) => button.scrollWidth > button.clientWidth)
  window.scrollTo(1000, 0)
  return {
    width: document.documentElement.scrollWidth,
    scrolled: window.scrollX,
    elements: [...wide, ...cut].map((element) => element.outerHTML),
  }
})()`

describe('on a small screen', () => {
  const site = useSite()

  for (const [width, height] of [
    [375, 700],
    [320, 568],
  ] as const) {
    it(`of ${width} by ${height}, touched with a finger, a sign-up fits at every step`, async () => {
      const { page } = await site.visit({
        viewport: { width, height },
        screen: { width, height },
        hasTouch: true,
        isMobile: true,
        deviceScaleFactor: 2,
        refused: [/^\/info$/, /^\/register$/],
      })
      const fits = (): Promise<void> => expectFits(page, width)
      await page.goto('/')
      await page.getByRole('link', { name: '注册新账号' }).tap()
      await page.waitForURL('/register.html')
      const form = await RegisterPage.at(page, site)
      await form.captchaId()
      await fits()

      await form.submitButton.tap()
      await form.expectTold({ focus: 'user_name', errors: ALL_MISSING })
      await fits()

      const mobile = newMobile()
      // The widest that a name may be.
      const username = `${'字'.repeat(16)}${mobile.slice(-4)}`
      await form.enter({ user_name: username, pwd: 'password_1', cpwd: 'password_1', phone: mobile })
      await form.enter({ pic_code: await form.captchaText() })
      await form.codeButton.tap()
      const code = await site.smsCode(mobile)
      await form.expectCodeButton(/^\d+秒后重新获取$/)
      await fits()

      await page.route(
        '/register',
        (route) => route.fulfill({ status: 500, json: { errmsg: '服务器内部错误', request_id: 'f'.repeat(36) } }),
        { times: 1 },
      )
      await page.getByText('我已阅读并同意用户使用协议').tap()
      await form.enter({ msg_code: code })
      await form.submitButton.tap()
      await form.expectTold({ alert: `服务器内部错误（编号 ${'f'.repeat(36)}）` })
      await fits()

      await form.submitButton.tap()
      await expectGreeting(page, username, mobile)
      await fits()
      await page.getByRole('button', { name: '退出' }).tap()
      await page.getByText('你还没有登录。').waitFor()
      await fits()
    })
  }
})

describe('with text of twice the size', () => {
  const site = useSite()

  it('every page fits, and its buttons too', async () => {
    const visit = await site.visit({ viewport: { width: 1280, height: 900 }, screen: { width: 1280, height: 900 } })
    const { page } = visit
    await site.signUp(visit)
    // As a browser's zoom of 200 % leaves it: half the width.
    await page.setViewportSize({ width: 640, height: 450 })
    for (const path of ['/', '/register.html', '/login.html', '/reset.html', '/account.html']) {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
      const { scrolled, elements } = await page.evaluate<{ scrolled: number; elements: string[] }>(READ_OVERFLOW)
      expect({ scrolled, elements }, path).to.deep.equal({ scrolled: 0, elements: [] })
    }
  })

  it('every page fits on a screen of 320 px', async () => {
    const visit = await site.visit({ viewport: { width: 320, height: 568 }, screen: { width: 320, height: 568 } })
    const { page } = visit
    const person = await site.signUp(visit)
    await site.logInElsewhere(person, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0')
    for (const path of ['/', '/register.html', '/login.html', '/reset.html', '/account.html']) {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      await expectFits(page, 320)
    }
    for (const form of ['#change-mobile', '#change-password']) {
      await page.locator(form).click()
      await page.locator('form').waitFor()
      await expectFits(page, 320)
    }
  })
})

/** Checks that nothing sticks out at the sides and that there is nothing to scroll there. */
async function expectFits(page: Page, width: number): Promise<void> {
  const { elements, ...sizes } = await page.evaluate<{ elements: string[] }>(READ_OVERFLOW)
  expect(elements).to.deep.equal([])
  expect(sizes).to.deep.equal({ width, scrolled: 0 })
}
