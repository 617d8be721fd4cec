import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { FormPage } from './form-page.ts'
import { useSite } from './site.ts'

describe('in English', function () {
  this.timeout(60_000)
  const site = useSite()

  it('a visitor signs up, changes mobile and password, forgets it, and logs in again', async () => {
    const { page } = await site.visit({ locale: 'en-US', refused: [/^\/info$/] })
    const form = new FormPage(page, site)
    const [username, first, second] = [newUsername(), newMobile(), newMobile()]
    await page.goto('/')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await fill(page, {
      Username: username,
      Password: 'password_1',
      'Password again': 'password_1',
      'Mobile number': first,
    })
    await getCode(page, form, first, 1)
    await page.getByLabel('I have read and accept the user agreement').check()
    await page.getByRole('button', { name: 'Sign up', exact: true }).click()
    await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor()

    await page.getByRole('link', { name: 'Account and security' }).click()
    await page.getByRole('button', { name: 'Change mobile number' }).click()
    await fill(page, { 'New mobile number': second })
    await getCode(page, form, second, 1)
    await fill(page, { 'Present password': 'password_1' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your mobile number is changed.').waitFor()
    await page.getByRole('button', { name: 'Change password' }).click()
    await fill(page, { 'Present password': 'password_1', 'New password': 'password_2', 'Password again': 'password_2' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your password is changed. You were logged out on all other devices.').waitFor()
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.getByText('You are not logged in.').waitFor()

    await page.getByRole('link', { name: 'Log in' }).click()
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await fill(page, { 'Mobile number': second })
    await site.codes.del(`send_flag_${second}`)
    await getCode(page, form, second, 2)
    await fill(page, { 'New password': 'password_3', 'Password again': 'password_3' })
    await page.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
    await page.getByRole('link', { name: 'Log in' }).click()
    await fill(page, { 'Username or mobile number': second, Password: 'password_3' })
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor()
    // Nothing was said in Chinese, but for the button that offers it.
    expect((await page.locator('body').innerText()).replace('中文', '')).not.to.match(/\p{Script=Han}/u)
  })

  /** Answers the captcha, asks for a code and enters it. */
  async function getCode(page: Page, form: FormPage, mobile: string, count: number): Promise<void> {
    await fill(page, { 'Picture code': await form.captchaText() })
    await page.getByRole('button', { name: 'Get SMS code' }).click()
    await fill(page, { 'SMS code': await site.smsCode(mobile, count) })
    await page.getByText(/^A code (?:is on its way|was sent) to /).waitFor()
  }
})

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
}
