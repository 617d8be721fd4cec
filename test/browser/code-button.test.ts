import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

const READY = /^获取短信验证码$/

describe('the button for an SMS code', () => {
  const site = useSite()

  /** The form with a clock that stands still until it is moved on. */
  async function openWithClock(page: Page): Promise<RegisterPage> {
    await page.clock.install({ time: '2026-01-01T12:00:00Z' })
    const form = await RegisterPage.open(page, site)
    // Later than the page can have taken to load, sooner than its captcha grows old.
    await page.clock.pauseAt('2026-01-01T12:01:00Z')
    return form
  }

  it('counts 60 s down, then sends another code', async () => {
    const { page } = await site.visit()
    const form = await openWithClock(page)
    const requests = form.countRequests('POST', '/sms_codes')
    const mobile = newMobile()
    await form.enter({ phone: mobile })
    await form.askForCode()
    await form.expectCodeButton(/^60秒后重新获取$/)
    expect(await form.codeButton.getAttribute('aria-disabled')).to.equal('true')

    await page.clock.runFor(1000)
    await form.expectCodeButton(/^59秒后重新获取$/)
    await form.enter({ pic_code: await form.captchaText() })
    await form.codeButton.click({ force: true })
    await page.clock.runFor(58_000)
    await form.expectCodeButton(/^1秒后重新获取$/)
    expect(requests(), 'while it counts').to.equal(1)

    await page.clock.runFor(1000)
    await form.expectCodeButton(READY)
    expect(await form.codeButton.getAttribute('aria-disabled')).to.equal('false')
    // The server's own clock has not moved on.
    await site.codes.del(`send_flag_${mobile}`)
    await form.askForCode()
    await site.smsCode(mobile, 2)
    expect(requests()).to.equal(2)
    await form.expectTold({ focus: 'msg_code' })
  })

  it('goes on counting after a reload, with the number, and says what became of the message', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    const mobile = newMobile()
    const masked = `${mobile.slice(0, 3)}****${mobile.slice(7)}`
    await form.enter({ phone: mobile })
    const code = await form.askForCode()
    await form.expectCodeButton(/^\d+秒后重新获取$/)
    await form.page.reload()
    await form.expectCodeButton(/^(60|5[0-9])秒后重新获取$/)
    expect(await form.field('phone').inputValue()).to.equal(mobile)
    await form.expectLine('msg_code', `验证码已发送至 ${masked}`)
    // The code is enough; nobody needs another captcha for it.
    await form.enter({ user_name: newUsername(), pwd: 'password_1', cpwd: 'password_1', msg_code: code })
    await form.field('allow').check()
    await form.submitButton.click()
    await form.page.waitForURL('/')
    await form.page.goto('/register.html')
    await form.expectCodeButton(READY)
    expect(await form.field('phone').inputValue(), 'after the registration').to.equal('')
  })

  it('says what to do when the wait is over and no code has come', async () => {
    const { page } = await site.visit()
    const form = await openWithClock(page)
    await form.enter({ phone: newMobile() })
    await form.askForCode()
    await form.expectCodeButton(/^60秒后重新获取$/)
    await page.clock.runFor(61_000)
    await form.expectLine('msg_code', '没收到？请核对手机号，或重新获取')
  })

  it('sends none to a number that another account has', async () => {
    const { mobile } = await site.register()
    const form = await RegisterPage.open((await site.visit()).page, site)
    const requests = form.countRequests('POST', '/sms_codes')
    const first = await form.captchaId()
    await form.enter({ pic_code: 'abcd', phone: mobile })
    await form.codeButton.click()
    await form.expectTold({ errors: { phone: '手机号已存在' }, focus: 'phone' })
    expect([requests(), await form.captchaId()]).to.deep.equal([0, first])
  })

  it('makes only the number wait that a code was sent to', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    const [wrong, right] = [newMobile(), newMobile()]
    await form.enter({ phone: wrong })
    await form.askForCode()
    await form.expectCodeButton(/^\d+秒后重新获取$/)
    await form.enter({ phone: right })
    await form.expectCodeButton(READY)
    await form.askForCode()
    await form.expectCodeButton(/^\d+秒后重新获取$/)
    await form.enter({ phone: wrong })
    await form.expectCodeButton(/^\d+秒后重新获取$/)
  })

  it('says when the message was sent', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    const mobile = newMobile()
    await form.enter({ phone: mobile })
    await form.askForCode()
    await form.expectLine('msg_code', `验证码已发送至 ${mobile.slice(0, 3)}****${mobile.slice(7)}`)
    await form.expectTold({ focus: 'msg_code' })
  })

  it('asks again what became of the message while it is on its way', async () => {
    const { page } = await site.visit()
    const statuses = ['queued', 'sending', 'failed']
    await page.route('/sms_codes/status/*', (route) =>
      route.fulfill({ json: { code: 0, errmsg: 'ok', status: statuses.shift() } }),
    )
    const form = await openWithClock(page)
    const mobile = newMobile()
    await form.enter({ phone: mobile })
    await form.askForCode()
    await form.expectLine('msg_code', `验证码正发往 ${mobile.slice(0, 3)}****${mobile.slice(7)}`)
    await eventually(async () => {
      await page.clock.runFor(1000)
      expect(await form.line('msg_code').innerText()).to.equal('短信发送失败，请核对手机号后重新获取')
    })
    await form.expectTold({ errors: { msg_code: '短信发送失败，请核对手机号后重新获取' } })
    expect(statuses).to.deep.equal([])
  })
})
