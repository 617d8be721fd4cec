import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
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
      expect(await form.line('msg_code').innerText()).to.equal('短信发送失败，请稍后重新获取')
    })
    await form.expectTold({ errors: { msg_code: '短信发送失败，请稍后重新获取' } })
    expect(statuses).to.deep.equal([])
  })
})
