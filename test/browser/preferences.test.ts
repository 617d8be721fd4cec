import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

const GROUND = 'getComputedStyle(document.body).backgroundColor'
const LIGHT = 'rgb(244, 246, 244)'
const DARK = 'rgb(15, 20, 17)'

describe('the language of the pages', () => {
  const site = useSite()

  /** The pages with the titles that they have in Chinese and in English. */
  const TITLES: [path: string, zh: string, en: string][] = [
    ['/', 'Lovage', 'Lovage'],
    ['/register.html', '注册 - Lovage', 'Sign up - Lovage'],
    ['/login.html', '登录 - Lovage', 'Log in - Lovage'],
    ['/reset.html', '重设密码 - Lovage', 'Reset password - Lovage'],
  ]

  async function expectLanguage(page: Page, lang: string, title: string): Promise<void> {
    await eventually(async () => {
      expect([await page.evaluate<string>('document.documentElement.lang'), await page.title()]).to.deep.equal([
        lang,
        title,
      ])
    })
  }

  it("is the browser's", async () => {
    for (const locale of ['zh-CN', 'en-GB', 'fr-FR']) {
      const { page } = await site.visit({ locale, refused: [/^\/info$/] })
      const english = locale === 'en-GB'
      for (const [path, zh, en] of TITLES) {
        await page.goto(path)
        await expectLanguage(page, english ? 'en' : 'zh-CN', english ? en : zh)
      }
    }
  })

  it('is the one that was chosen, from then on and on every page, and nothing that was typed is lost', async () => {
    const { page } = await site.visit({ refused: [/^\/info$/] })
    const form = await RegisterPage.open(page, site)
    await form.enter({ user_name: 'four', phone: '' })
    await form.expectTold({ errors: { user_name: '用户名须为5–20位文字、数字或下划线' } })
    await page.getByRole('button', { name: 'English' }).click()
    await expectLanguage(page, 'en', 'Sign up - Lovage')
    await form.expectTold({ errors: { user_name: 'Use 5 to 20 letters, digits or underscores' } })
    expect(await form.field('user_name').inputValue()).to.equal('four')
    for (const [path, , en] of TITLES) {
      await page.goto(path)
      await expectLanguage(page, 'en', en)
    }
    await page.getByRole('button', { name: '中文' }).click()
    await expectLanguage(page, 'zh-CN', '重设密码 - Lovage')
    await page.reload()
    await expectLanguage(page, 'zh-CN', '重设密码 - Lovage')
  })

  it('is the one in which the server answers, too', async () => {
    const { page } = await site.visit({ locale: 'en-US', refused: [/^\/login$/] })
    await page.goto('/login.html')
    await page.getByLabel('Username or mobile number').fill('nobody_here')
    await page.getByLabel('Password', { exact: true }).fill('password_1')
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor()
  })
})

describe('the colours of the pages', () => {
  const site = useSite()

  async function expectGround(page: Page, colour: string): Promise<void> {
    await eventually(async () => expect(await page.evaluate<string>(GROUND)).to.equal(colour), { what: 'the colour' })
  }

  it("are the system's, and follow it", async () => {
    const { page } = await site.visit({ colorScheme: 'dark' })
    await page.goto('/login.html')
    await expectGround(page, DARK)
    await page.emulateMedia({ colorScheme: 'light' })
    await expectGround(page, LIGHT)
  })

  it('are those that were chosen, from then on, whatever the system says', async () => {
    const { page } = await site.visit({ colorScheme: 'light' })
    await page.goto('/login.html')
    await expectGround(page, LIGHT)
    await page.getByRole('button', { name: '外观：跟随系统' }).click()
    await page.getByRole('button', { name: '外观：浅色' }).click()
    await page.getByRole('button', { name: '外观：深色' }).waitFor()
    await expectGround(page, DARK)
    await page.goto('/register.html')
    await expectGround(page, DARK)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.getByRole('button', { name: '外观：深色' }).click()
    await page.getByRole('button', { name: '外观：跟随系统' }).waitFor()
    await expectGround(page, LIGHT)
  })
})
