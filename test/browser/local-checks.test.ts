import { expect } from 'chai'
import type { TextField } from '../../src/web/forms/checks.ts'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { ALL_MISSING, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

const USERNAME_FORMAT = '用户名须为5–20位文字、数字或下划线'
const PASSWORD_FORMAT = '密码须为8–20位文字、数字或下划线'

const FAULTY: [name: TextField, typed: string, error: string][] = [
  ['user_name', ' ', '请输入用户名'],
  ['user_name', 'four', USERNAME_FORMAT],
  ['user_name', 'with space', USERNAME_FORMAT],
  ['user_name', 'x'.repeat(21), USERNAME_FORMAT],
  ['user_name', '13800138000', '用户名不能是手机号'],
  ['pwd', 'seven_7', PASSWORD_FORMAT],
  ['pwd', 'with-dash', PASSWORD_FORMAT],
  ['cpwd', 'password_2', '两次输入的密码不一致'],
  ['phone', '12800138000', '请输入正确的11位手机号'],
  ['phone', '1380013800', '请输入正确的11位手机号'],
  ['pic_code', '?', '图形验证码为4位字母或数字'],
  ['msg_code', '12345', '短信验证码为6位数字'],
]

describe("the form's own checks", () => {
  const site = useSite()

  async function open(): Promise<RegisterPage> {
    return RegisterPage.open((await site.visit()).page, site)
  }

  it('tell of a faulty value on leaving its field, until it is typed in again', async () => {
    const { page } = await site.visit()
    for (const [name, typed, error] of FAULTY) {
      const form = await RegisterPage.open(page, site)
      await form.field(name).focus()
      await page.keyboard.type(typed)
      await form.expectTold({})
      await page.keyboard.press('Tab')
      await form.expectTold({ errors: { [name]: error } })
      await form.field(name).focus()
      await page.keyboard.type('x')
      await form.expectTold({})
    }
  })

  it('tell of the agreement on leaving it unticked again', async () => {
    const form = await open()
    await form.field('allow').check()
    await form.field('allow').uncheck()
    await form.page.keyboard.press('Tab')
    await form.expectTold({ errors: { allow: ALL_MISSING.allow } })
    await form.field('allow').check()
    await form.expectTold({})
  })

  it('say nothing to whoever only passes through', async () => {
    const form = await open()
    for (let stop = 0; stop < 18; stop++) await form.page.keyboard.press('Tab')
    await form.expectTold({})
  })

  it('see a repeated password that no longer fits', async () => {
    const form = await open()
    await form.enter({ pwd: 'password_1', cpwd: 'password_1', phone: '' })
    await form.expectTold({})
    await form.enter({ pwd: 'password_2', phone: '' })
    await form.expectTold({ errors: { cpwd: '两次输入的密码不一致' } })
  })

  it('look up whether name and mobile are taken', async () => {
    const { username, mobile } = await site.register()
    const form = await open()
    await form.enter({ user_name: username, phone: mobile, pwd: '' })
    await form.expectTold({ errors: { user_name: '用户名已存在', phone: '手机号已存在' } })
    await form.enter({ user_name: newUsername(), phone: newMobile(), pwd: '' })
    await form.expectTold({})
  })

  it('name on submit whatever is missing, and go to the first', async () => {
    const form = await open()
    await form.submitButton.click()
    await form.expectTold({ errors: ALL_MISSING, focus: 'user_name' })
    await form.enter({ user_name: newUsername(), pwd: 'password_1' })
    await form.submitButton.click()
    const { user_name: _name, pwd: _pwd, ...stillMissing } = ALL_MISSING
    await form.expectTold({ errors: stillMissing, focus: 'cpwd' })
  })

  it('stand directly below their own field', async () => {
    const form = await open()
    await form.submitButton.click()
    await form.expectTold({ errors: ALL_MISSING })
    for (const name of ['user_name', 'pwd', 'cpwd', 'phone', 'pic_code', 'msg_code', 'allow'] as const) {
      const field = await form.field(name).boundingBox()
      const error = await form.line(name).locator('.error').boundingBox()
      if (field === null || error === null) throw new Error(`${name} or its error is not to be seen`)
      expect(error.y - (field.y + field.height), `between ${name} and its error`).to.be.within(0, 16)
      expect(error.x, `left edge of the error of ${name}`).to.be.closeTo(field.x, 2)
    }
  })

  it('want number and captcha before a code is asked for', async () => {
    const form = await open()
    const requests = form.countRequests('POST', '/sms_codes')
    await form.codeButton.click()
    await form.expectTold({ errors: { phone: '请输入手机号', pic_code: '请输入图形验证码' }, focus: 'phone' })
    await form.enter({ phone: newMobile() })
    await form.codeButton.click()
    await form.expectTold({ errors: { pic_code: '请输入图形验证码' }, focus: 'pic_code' })
    expect(requests()).to.equal(0)
  })
})
