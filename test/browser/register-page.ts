import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { FormPage } from './form-page.ts'
import type { Site } from './site.ts'

/** What is told when an empty form is sent. */
export const ALL_MISSING = {
  user_name: '请输入用户名',
  pwd: '请输入密码',
  cpwd: '请再次输入密码',
  phone: '请输入手机号',
  pic_code: '请输入图形验证码',
  msg_code: '请输入短信验证码',
  allow: '请勾选同意用户使用协议',
}

/** The page with the registration form, as the tests use it. */
export class RegisterPage extends FormPage {
  static async open(page: Page, site: Site): Promise<RegisterPage> {
    await page.goto('/register.html')
    return RegisterPage.at(page, site)
  }

  /** For a visitor who came to the page by a link. Waits until the page knows which passwords may be set, and says so. */
  static async at(page: Page, site: Site): Promise<RegisterPage> {
    const opened = new RegisterPage(page, site)
    await eventually(async () => expect(await opened.line('pwd').innerText()).not.to.equal(''), {
      what: 'what the page says of passwords',
    })
    return opened
  }

  /** Enters what nobody else has into every field but those for captcha and code, and agrees. */
  async enterPerson(
    values: { user_name?: string; phone?: string } = {},
  ): Promise<{ user_name: string; phone: string }> {
    const person = { user_name: newUsername(), phone: newMobile(), ...values }
    await this.enter({ user_name: person.user_name, pwd: 'password_1', cpwd: 'password_1', phone: person.phone })
    await this.field('allow').check()
    return person
  }
}

/** Waits until the first page greets somebody. */
export async function expectGreeting(page: Page, username: string, mobile: string): Promise<void> {
  await page.waitForURL('/')
  await page.getByRole('heading', { name: `你好，${username}`, exact: true }).waitFor()
  await page.getByText(`${mobile.slice(0, 3)}****${mobile.slice(7)}`, { exact: true }).waitFor()
}
