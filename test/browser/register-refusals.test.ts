import type { Page } from 'playwright-core'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { changeRequests } from './change-requests.ts'
import type { Told } from './form-page.ts'
import { expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the form's own checks never let through: changed on the way to the server, so that it is the server that refuses. */
const CHANGED_ON_THE_WAY: [change: Record<string, unknown>, told: Partial<Told>][] = [
  [{ username: 'four' }, { errors: { user_name: '用户名格式有误' }, focus: 'user_name' }],
  [
    { password: 'short', password2: 'short' },
    { errors: { pwd: '密码格式有误' }, focus: 'pwd' },
  ],
  [{ password2: 'password_2' }, { errors: { cpwd: '密码输入不一致！' }, focus: 'cpwd' }],
  [{ mobile: '12345678901' }, { errors: { phone: '手机号格式有误' }, focus: 'phone' }],
  [{ sms_code: '12345' }, { errors: { msg_code: '验证码格式有误' }, focus: 'msg_code' }],
  [{ allow: false }, { errors: { allow: '请求统一用户协议！' }, focus: 'allow' }],
  [{ username: undefined }, { alert: '缺少参数' }],
  [{ username: 'x'.repeat(20_000) }, { alert: '请求体过大' }],
]

describe('a registration that the server refuses', () => {
  const site = useSite()

  async function open(): Promise<{ page: Page; form: RegisterPage }> {
    const { page } = await site.visit({ refused: [/^\/register$/] })
    return { page, form: await RegisterPage.open(page, site) }
  }

  it('tells of each field beside it, and of the rest below the button', async () => {
    const { page, form } = await open()
    await form.enterPerson()
    await form.enter({ msg_code: '000000' })
    for (const [change, told] of CHANGED_ON_THE_WAY) {
      await changeRequests(page, '/register', change)
      await form.submitButton.click()
      await form.expectTold(told)
    }
  })

  it('tells of a password that is too long in bytes', async () => {
    const { form } = await open()
    await form.enterPerson()
    const password = '𠀀'.repeat(20)
    await form.enter({ pwd: password, cpwd: password, msg_code: '000000' })
    await form.submitButton.click()
    await form.expectTold({ errors: { pwd: '密码过长，最多72字节' }, focus: 'pwd' })
  })

  it('tells of a name that somebody took in the meantime, and needs no other code for the next one', async () => {
    const { page, form } = await open()
    const { user_name, phone } = await form.enterPerson()
    await form.enter({ msg_code: await form.askForCode() })
    await site.register({ username: user_name })
    await form.submitButton.click()
    await form.expectTold({ errors: { user_name: '用户名已存在' }, focus: 'user_name' })
    const other = newUsername()
    await form.enter({ user_name: other })
    await form.submitButton.click()
    await expectGreeting(page, other, phone)
  })

  it('tells of a mobile that somebody registered in the meantime', async () => {
    const { form } = await open()
    const mobile = newMobile()
    await form.enterPerson({ phone: mobile })
    await site.register({ mobile })
    await site.codes.del(`send_flag_${mobile}`)
    await form.askForCode()
    await form.enter({ msg_code: await site.smsCode(mobile, 2) })
    await form.submitButton.click()
    await form.expectTold({ errors: { phone: '手机号已存在' }, focus: 'phone' })
  })

  it('tells of a wrong code, and of one that has expired', async () => {
    const { page, form } = await open()
    const { user_name, phone } = await form.enterPerson()
    const code = await form.askForCode()
    await form.enter({ msg_code: code === '000000' ? '111111' : '000000' })
    await form.submitButton.click()
    await form.expectTold({ errors: { msg_code: '短信验证码有误！' }, focus: 'msg_code' })

    await site.codes.rename(`sms_${phone}`, 'out_of_the_way')
    await form.enter({ msg_code: code })
    await form.submitButton.click()
    await form.expectTold({ errors: { msg_code: '短信验证码过期！' }, focus: 'msg_code' })

    await site.codes.rename('out_of_the_way', `sms_${phone}`)
    await form.submitButton.click()
    await expectGreeting(page, user_name, phone)
  })
})
