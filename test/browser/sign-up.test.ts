import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { newMobile, newUsername } from '../e2e/journey.ts'
import { expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

describe('a sign-up in the browser', () => {
  const site = useSite()

  it('goes by mouse from the empty page to the greeting', async () => {
    const { page } = await site.visit({ refused: [/^\/info$/] })
    const [username, mobile] = [newUsername(), newMobile()]
    await page.goto('/')
    await page.getByRole('heading', { name: '欢迎来到 Lovage' }).waitFor()
    await page.getByRole('link', { name: '注册新账号' }).click()
    const form = await RegisterPage.at(page, site)
    await page.getByLabel('用户名').click()
    await page.keyboard.type(username)
    await page.getByLabel('密码', { exact: true }).click()
    await page.keyboard.type('password_1')
    await page.getByLabel('确认密码').click()
    await page.keyboard.type('password_1')
    await page.getByLabel('手机号').click()
    await page.keyboard.type(mobile)
    await page.getByLabel('图形验证码', { exact: true }).click()
    await page.keyboard.type((await form.captchaText()).toLowerCase())
    await page.getByRole('button', { name: '获取短信验证码' }).click()
    const code = await site.smsCode(mobile)
    await form.expectTold({ focus: 'msg_code' })
    await page.getByLabel('短信验证码').click()
    await page.keyboard.type(code)
    await page.getByText('我已阅读并同意用户使用协议').click()
    await page.getByRole('button', { name: '注册', exact: true }).click()
    await expectGreeting(page, username, mobile)
  })

  it('hides passwords, and takes them from the clipboard and from password managers', async () => {
    const { page } = await site.visit()
    await RegisterPage.open(page, site)
    for (const label of ['密码', '确认密码']) {
      const field = page.getByLabel(label, { exact: true })
      expect(await field.getAttribute('type')).to.equal('password')
      expect(await field.getAttribute('autocomplete')).to.equal('new-password')
      await field.focus()
      // What a browser tells a page before it pastes: the page may forbid it.
      const paste = `document.activeElement.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))`
      expect(await page.evaluate<boolean>(paste)).to.equal(true)
    }
  })

  it('goes by keyboard alone', async () => {
    const { page } = await site.visit({ refused: [/^\/info$/] })
    const [username, mobile] = [newUsername(), newMobile()]
    await page.goto('/')
    await page.getByRole('link', { name: '注册新账号' }).waitFor()
    // Past the brand, the language and the colours.
    await press(page, 'Tab', 'Tab', 'Tab', 'Tab', 'Enter')
    await page.waitForURL('/register.html')
    const form = await RegisterPage.at(page, site)
    await form.field('user_name').waitFor()
    await press(page, 'Tab', 'Tab', 'Tab', 'Tab')
    await page.keyboard.type(username)
    await press(page, 'Tab')
    await page.keyboard.type('password_1')
    // A password's field is followed by the button that shows it.
    await press(page, 'Tab', 'Tab')
    await page.keyboard.type('password_1')
    await press(page, 'Tab', 'Tab')
    await page.keyboard.type(mobile)
    await press(page, 'Tab')
    await page.keyboard.type(await form.captchaText())
    // Past the captcha's picture, the way around it and the field for the code, to its button.
    await press(page, 'Tab', 'Tab', 'Tab', 'Tab', 'Enter')
    const code = await site.smsCode(mobile)
    await form.expectTold({ focus: 'msg_code' })
    await page.keyboard.type(code)
    await press(page, 'Tab', 'Tab', 'Space', 'Tab', 'Enter')
    await expectGreeting(page, username, mobile)
    await press(page, 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Enter')
    await page.getByText('你还没有登录。').waitFor()
  })

  it('can be sent with Enter in a field', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    const { user_name, phone } = await form.enterPerson()
    await form.enter({ msg_code: await form.askForCode() })
    await press(page, 'Enter')
    await expectGreeting(page, user_name, phone)
  })

  it('takes names of any script, and what an input method or autofill adds to a number', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    const mobile = newMobile()
    const { user_name } = await form.enterPerson({
      user_name: `欧阳小明${mobile.slice(-4)}`,
      phone: `+86 ${mobile.slice(0, 3)}-${mobile.slice(3, 7)}-${mobile.slice(7)}`,
    })
    expect(await form.field('phone').inputValue()).to.equal(mobile)
    const code = await form.askForCode()
    await form.enter({ msg_code: ` ${String.fromCodePoint(...Array.from(code, toFullWidth))} ` })
    await form.submitButton.click()
    await expectGreeting(page, user_name, mobile)
  })

  it('is made once, however often the button is clicked', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    const { user_name, phone } = await form.enterPerson()
    await form.enter({ msg_code: await form.askForCode() })
    const registrations = form.countRequests('POST', '/register')
    await form.submitButton.dblclick()
    await expectGreeting(page, user_name, phone)
    expect(registrations()).to.equal(1)
  })

  it('leaves no password and no error in the form for whoever goes back', async () => {
    const { page } = await site.visit()
    const form = await RegisterPage.open(page, site)
    const { user_name, phone } = await form.enterPerson()
    await form.enter({ msg_code: await form.askForCode() })
    await form.submitButton.click()
    await expectGreeting(page, user_name, phone)
    await page.goBack()
    await form.field('user_name').waitFor()
    for (const name of ['pwd', 'cpwd', 'pic_code'] as const) {
      expect(await form.field(name).inputValue(), name).to.equal('')
    }
    expect(await form.submitButton.innerText()).to.equal('注册')
    await form.expectTold({})
  })

  it('knows what the browser puts back into the form of whoever had left it', async () => {
    const { page } = await site.visit({ refused: [/^\/info$/] })
    const form = await RegisterPage.open(page, site)
    const { user_name, phone } = await form.enterPerson()
    await page.goto('/')
    await page.goBack()
    await form.submitButton.click()
    await form.expectTold({
      errors: {
        pwd: '请输入密码',
        cpwd: '请再次输入密码',
        pic_code: '请输入图形验证码',
        msg_code: '请输入短信验证码',
      },
      focus: 'pwd',
    })
    expect(await form.field('user_name').inputValue()).to.equal(user_name)
    expect(await form.field('phone').inputValue()).to.equal(phone)
    expect(await form.field('allow').isChecked()).to.equal(true)
  })
})

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

function toFullWidth(digit: string): number {
  return (digit.codePointAt(0) ?? 0) - 0x30 + 0xff10
}
