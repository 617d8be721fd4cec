import { expect } from 'chai'
import { newMobile } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import { RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

describe('the captcha on the page', () => {
  const site = useSite()

  async function expectOther(form: RegisterPage, old: string): Promise<string> {
    return eventually(
      async () => {
        const id = await form.captchaId()
        expect(id).not.to.equal(old)
        return id
      },
      { what: 'another picture' },
    )
  }

  it('is another one, with an id of its own, for every click on it', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    const first = await form.captchaId()
    const requests = form.countRequests('GET', `/image_codes/${first}`)
    await form.enter({ pic_code: 'abcd' })
    await form.captcha.click()
    const second = await expectOther(form, first)
    expect(await form.field('pic_code').inputValue()).to.equal('')
    expect(await form.captchaText()).to.match(/^[A-Z0-9]{4}$/)
    await form.captcha.focus()
    await form.page.keyboard.press('Enter')
    await expectOther(form, second)
    expect(requests(), 'of the first picture').to.equal(0)
    await form.expectTold({})
  })

  it('is another one after each request for a code', async () => {
    const form = await RegisterPage.open((await site.visit()).page, site)
    const first = await form.captchaId()
    await form.enter({ phone: newMobile() })
    await form.askForCode()
    await expectOther(form, first)
    expect(await form.field('pic_code').inputValue()).to.equal('')
    await form.expectTold({ focus: 'msg_code' })
  })

  it('is renewed for whoever comes back to it after it has grown old', async () => {
    const { page } = await site.visit()
    await page.clock.install()
    const form = await RegisterPage.open(page, site)
    const first = await form.captchaId()
    await form.field('pic_code').focus()
    expect(await form.captchaId()).to.equal(first)
    await form.field('phone').focus()
    await page.clock.fastForward('05:00')
    await form.field('pic_code').focus()
    await expectOther(form, first)
  })

  it('can be asked for again when its picture did not come', async () => {
    const { page } = await site.visit({ refused: [/^\/image_codes\//] })
    await page.route(/\/image_codes\//, (route) => route.abort(), { times: 1 })
    const form = await RegisterPage.open(page, site)
    await form.expectTold({ errors: { pic_code: '图片加载失败，请点击重试' } })
    expect(await form.captcha.innerText()).to.equal('点击重试')
    await form.captcha.click()
    await form.captchaId()
    await form.expectTold({})
  })
})
