import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import { changeRequests } from './change-requests.ts'
import type { Told } from './form-page.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

/** What the page never sends by itself: changed on the way to the server, so that it is the server that refuses. */
const CHANGED_ON_THE_WAY: [change: Record<string, unknown>, told: Partial<Told>][] = [
  [{ mobile: '12345678901' }, { errors: { phone: '手机号格式有误' }, focus: 'phone' }],
  [{ image_code: '?' }, { errors: { pic_code: '图形验证码格式有误' }, focus: 'pic_code' }],
  [{ image_code_id: '1' }, { errors: { pic_code: 'uuid格式有误' }, focus: 'pic_code' }],
  [{ mobile: undefined }, { alert: '缺少必传参数' }],
  [{ purpose: 'other' }, { alert: '验证码用途有误' }],
]

describe('a request for a code that the server refuses', () => {
  const site = useSite()

  async function open(): Promise<{ page: Page; form: RegisterPage; mobile: string }> {
    const { page } = await site.visit({ refused: [/^\/sms_codes$/] })
    const form = await RegisterPage.open(page, site)
    const mobile = newMobile()
    await form.enter({ phone: mobile })
    return { page, form, mobile }
  }

  it('tells of each field beside it, and of the rest below the button', async () => {
    const { page, form } = await open()
    for (const [change, told] of CHANGED_ON_THE_WAY) {
      await form.enter({ pic_code: await form.captchaText() })
      await changeRequests(page, '/sms_codes', change)
      await form.codeButton.click()
      await form.expectTold(told)
    }
  })

  it('tells of a wrong captcha, and shows another one', async () => {
    const { form, mobile } = await open()
    const first = await form.captchaId()
    // No captcha has a digit 0.
    await form.enter({ pic_code: '0000' })
    await form.codeButton.click()
    await form.expectTold({ errors: { pic_code: '输入图形验证码有误' }, focus: 'pic_code' })
    expect(await form.captchaId()).not.to.equal(first)
    expect(await form.field('pic_code').inputValue()).to.equal('')
    expect(await form.codeButton.innerText()).to.equal('获取短信验证码')
    await form.askForCode()
    await form.expectTold({ focus: 'msg_code' })
    expect(await site.smsCode(mobile)).to.match(/^[0-9]{6}$/)
  })

  it('tells of a captcha that has expired, and shows another one', async () => {
    const { form } = await open()
    const first = await form.captchaId()
    await form.enter({ pic_code: await form.captchaText() })
    await site.codes.del(`img_${first}`)
    await form.codeButton.click()
    await form.expectTold({ errors: { pic_code: '图形验证码失效' }, focus: 'pic_code' })
    expect(await form.captchaId()).not.to.equal(first)
  })

  it('tells of a number that has just been sent one, and counts what is left of its wait', async () => {
    const { form, mobile } = await open()
    await form.askForCode()
    await form.expectTold({ focus: 'msg_code' })
    // Of a tab that knows nothing of the wait.
    await form.page.evaluate('sessionStorage.clear()')
    await form.page.reload()
    await site.codes.pexpire(`send_flag_${mobile}`, 30_500)
    await form.enter({ phone: mobile, pic_code: await form.captchaText() })
    await form.codeButton.click()
    await form.expectTold({ errors: { msg_code: '发送短信过于频繁' }, focus: 'msg_code' })
    await form.expectCodeButton(/^(31|30|2[0-9])秒后重新获取$/)
    await form.enter({ msg_code: await site.smsCode(mobile) })
    await form.expectTold({})
  })
})
