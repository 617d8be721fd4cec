import { expect } from 'chai'
import { newMobile } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { FormPage } from './form-page.ts'
import { expectGreeting } from './register-page.ts'
import { useSite } from './site.ts'

const ALL_MISSING = {
  phone: '请输入手机号',
  pic_code: '请输入图形验证码',
  msg_code: '请输入短信验证码',
  pwd: '请输入密码',
  cpwd: '请再次输入密码',
}

describe('the page for a forgotten password', () => {
  const site = useSite()

  async function open(): Promise<FormPage> {
    const { page } = await site.visit({ refused: [/^\/password\/reset$/, /^\/info$/] })
    await page.goto('/reset.html')
    const form = new FormPage(page, site)
    await form.captchaId()
    return form
  }

  it('sets a new one by a code, and leads to the login', async () => {
    const { username, mobile, password } = await site.register()
    await site.codes.del(`send_flag_${mobile}`)
    const form = await open()
    await form.enter({ phone: mobile, pic_code: await form.captchaText() })
    await form.codeButton.click()
    await form.expectTold({ focus: 'msg_code' })
    await form.enter({ msg_code: await site.smsCode(mobile, 2), pwd: 'another_one', cpwd: 'another_one' })
    await form.submitButton.click()
    await form.page.getByRole('heading', { name: '密码已重设' }).waitFor()
    await eventually(async () => {
      expect(await form.page.evaluate<string>('document.activeElement.textContent')).to.equal('密码已重设')
    })
    await form.page.getByRole('link', { name: '登录', exact: true }).click()
    await form.page.waitForURL('/login.html')
    await form.enter({ account: mobile, old_pwd: 'another_one' })
    await form.submitButton.click()
    await expectGreeting(form.page, username, mobile)
    expect(password).not.to.equal('another_one')
  })

  it('says what is missing, and goes to the first', async () => {
    const form = await open()
    await form.submitButton.click()
    await form.expectTold({ errors: ALL_MISSING, focus: 'phone' })
  })

  it('does the same for a number that has no account, down to a message that is said to be sent', async () => {
    const form = await open()
    const mobile = newMobile()
    await form.enter({ phone: mobile, pic_code: await form.captchaText() })
    await form.codeButton.click()
    await form.expectTold({ focus: 'msg_code' })
    await form.expectLine('msg_code', `验证码已发送至 ${mobile.slice(0, 3)}****${mobile.slice(7)}`)
    await form.enter({ msg_code: '123456', pwd: 'another_one', cpwd: 'another_one' })
    await form.submitButton.click()
    await form.expectTold({ errors: { msg_code: '短信验证码有误！' }, focus: 'msg_code' })
  })

  it('tells of a wrong code beside it', async () => {
    const { mobile } = await site.register()
    await site.codes.del(`send_flag_${mobile}`)
    const form = await open()
    await form.enter({ phone: mobile, pic_code: await form.captchaText() })
    await form.codeButton.click()
    const code = await site.smsCode(mobile, 2)
    const wrong = code === '000000' ? '111111' : '000000'
    await form.enter({ msg_code: wrong, pwd: 'another_one', cpwd: 'another_one' })
    await form.submitButton.click()
    await form.expectTold({ errors: { msg_code: '短信验证码有误！' }, focus: 'msg_code' })
  })
})
