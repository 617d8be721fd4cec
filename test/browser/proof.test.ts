import { expect } from 'chai'
import { newMobile } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

const DONE = '验证已通过，无需输入图形验证码'

describe('the captcha without a picture', () => {
  const site = useSite()

  it('leads from the empty page to the greeting, by keyboard, with no picture read', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    const { user_name, phone } = await form.enterPerson()
    await form.captcha.focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText(DONE).waitFor()
    await page.keyboard.press('Tab')
    await form.codeButton.focus()
    await page.keyboard.press('Enter')
    const code = await site.smsCode(phone)
    await form.expectTold({ focus: 'msg_code' })
    await page.keyboard.type(code)
    await page.keyboard.press('Enter')
    await expectGreeting(page, user_name, phone)
  })

  it('tells how far it is, can be ended, and begun again', async () => {
    const { page } = await site.visit()
    // A challenge that takes hours.
    await page.route('/captcha/challenge', async (route) => {
      const response = await route.fetch()
      const body = Object(await response.json()) as { challenge: { parameters: { keyPrefix: string } } }
      body.challenge.parameters.keyPrefix = 'ab'.repeat(16)
      await route.fulfill({ json: body })
    })
    const form = await RegisterPage.open(page, site)
    await form.proofButton.click()
    const percents = async () => Number(await page.getByRole('progressbar').getAttribute('value'))
    await eventually(async () => expect(await percents()).to.be.greaterThan(0))
    await page.getByRole('button', { name: '取消' }).click()
    await form.proofButton.waitFor()
    await eventually(async () => expect(await page.evaluate<string>('document.activeElement.id')).to.equal('prove'))
    await page.unroute('/captcha/challenge')
    await form.proofButton.click()
    await page.getByText(DONE).waitFor()
  })

  it('is good for one request', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    await form.enter({ phone: newMobile() })
    await form.proofButton.click()
    await page.getByText(DONE).waitFor()
    await form.codeButton.click()
    await form.expectTold({ focus: 'msg_code' })
    await form.proofButton.waitFor()
    await form.enter({ phone: newMobile() })
    await form.codeButton.click()
    await form.expectTold({ errors: { pic_code: '请输入图形验证码' }, focus: 'pic_code' })
  })

  it('says so where the server takes none', async () => {
    const { page } = await site.visit({ refused: [/^\/captcha\/challenge$/] })
    await page.route('/captcha/challenge', (route) => route.fulfill({ status: 404, json: { code: 4204, errmsg: '' } }))
    const form = await RegisterPage.open(page, site)
    await form.proofButton.click()
    await form.expectTold({ errors: { pic_code: '这里只支持图形验证码' } })
    await form.captchaId()
  })
})
