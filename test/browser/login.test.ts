import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.ts'
import { FormPage } from './form-page.ts'
import { expectGreeting } from './register-page.ts'
import { useSite } from './site.ts'

const WRONG = '您提供的身份信息无法验证！'

describe('the login page', () => {
  const site = useSite()

  async function open(path = '/login.html', given?: Page): Promise<FormPage> {
    const page = given ?? (await site.visit({ refused: [/^\/login$/, /^\/info$/, /^\/sessions$/] })).page
    await page.goto(path)
    const form = new FormPage(page, site)
    await form.field('account').waitFor()
    return form
  }

  it('logs in by username or mobile, until the browser closes, or remembered', async () => {
    const { username, mobile, password } = await site.register()
    for (const [account, remembered] of [
      [username, false],
      [`+86 ${mobile.slice(0, 3)} ${mobile.slice(3)}`, true],
    ] as const) {
      const form = await open()
      await form.enter({ account, old_pwd: password })
      if (remembered) await form.page.getByLabel('记住登录状态14天').check()
      await form.submitButton.click()
      await expectGreeting(form.page, username, mobile)
      const cookie = (await form.page.context().cookies()).find(({ name }) => name === 'sessionid')
      if (cookie === undefined) throw new Error('expected the cookie sessionid, came none')
      expect(cookie.expires > 0, `remembered, for ${account}`).to.equal(remembered)
    }
  })

  it('says what is missing, and goes to the first', async () => {
    const form = await open()
    await form.submitButton.click()
    const errors = { account: '请输入用户名或手机号', old_pwd: '请输入密码' }
    await form.expectTold({ errors, focus: 'account' })
    await form.enter({ account: 'somebody' })
    await form.submitButton.click()
    await form.expectTold({ errors: { old_pwd: '请输入密码' }, focus: 'old_pwd' })
  })

  it('goes by keyboard alone, for password managers too', async () => {
    const { username, mobile, password } = await site.register()
    const form = await open()
    expect(await form.field('account').getAttribute('autocomplete')).to.equal('username')
    expect(await form.field('old_pwd').getAttribute('autocomplete')).to.equal('current-password')
    await form.field('account').focus()
    await form.page.keyboard.type(username)
    await form.page.keyboard.press('Tab')
    await form.page.keyboard.type(password)
    await form.page.keyboard.press('Enter')
    await expectGreeting(form.page, username, mobile)
  })

  it('shows the password on request, and hides it again', async () => {
    const form = await open()
    await form.enter({ old_pwd: 'secret' })
    expect(await form.field('old_pwd').getAttribute('type')).to.equal('password')
    await form.page.getByRole('button', { name: '显示密码' }).click()
    expect(await form.field('old_pwd').getAttribute('type')).to.equal('text')
    await form.page.getByRole('button', { name: '隐藏密码' }).click()
    expect(await form.field('old_pwd').getAttribute('type')).to.equal('password')
  })

  it('says that name or password is wrong, and after some tries when the next one may be made', async () => {
    const { username, mobile, password } = await site.register()
    const { page } = await site.visit({ refused: [/^\/login$/] })
    // A clock that stands still until it is moved on, so that the wait does not end before it is looked at.
    await page.clock.install({ time: '2026-01-01T12:00:00Z' })
    const form = await open('/login.html', page)
    await page.clock.pauseAt('2026-01-01T12:01:00Z')
    const tries = form.countRequests('POST', '/login')
    const submit = async (): Promise<number> => {
      const answered = page.waitForResponse('/login')
      await form.submitButton.click()
      return (await answered).status()
    }
    await form.enter({ account: username, old_pwd: 'wrong_password' })
    expect(await submit()).to.equal(401)
    await form.expectTold({ alert: WRONG })
    // Five wrong ones are free, then each makes the next wait for twice as long: one comes too soon, however slow we are.
    let status = 401
    while (status === 401) status = await submit()
    expect(status).to.equal(429)
    await form.expectTold({ alert: '请求过于频繁' })
    expect(tries()).to.be.within(6, 12)
    expect(await form.submitButton.innerText()).to.match(/^\d+秒后可重试$/)
    expect(await form.submitButton.getAttribute('aria-disabled')).to.equal('true')
    const before = tries()
    await form.submitButton.click({ force: true })
    await form.enter({ account: 'somebody_else' })
    expect(await form.submitButton.innerText(), 'for another name').to.equal('登录')
    await form.enter({ account: username, old_pwd: password })
    expect(await form.submitButton.innerText()).to.match(/^\d+秒后可重试$/)
    expect(tries(), 'while it waits').to.equal(before)
    // The server's own clock goes on by itself.
    await eventually(async () => {
      await page.clock.runFor(1000)
      expect(await form.submitButton.innerText()).to.equal('登录')
      expect(await submit()).to.equal(200)
    })
    await expectGreeting(page, username, mobile)
  })

  it('leads to where the visitor came from, on this site alone', async () => {
    const { username, password } = await site.register()
    const form = await open('/account.html')
    await form.page.waitForURL('/login.html?to=account')
    await form.enter({ account: username, old_pwd: password })
    await form.submitButton.click()
    await form.page.waitForURL('/account.html')
    await form.page.getByRole('heading', { name: '账号与安全' }).waitFor()

    const other = await open('/login.html?to=https://elsewhere.invalid/')
    await other.enter({ account: username, old_pwd: password })
    await other.submitButton.click()
    await other.page.waitForURL('/')
  })

  it('leads to the other pages', async () => {
    const form = await open()
    await form.page.getByRole('link', { name: '忘记密码？' }).click()
    await form.page.waitForURL('/reset.html')
    await form.page.getByRole('link', { name: '返回登录' }).click()
    await form.page.waitForURL('/login.html')
    await form.page.getByRole('link', { name: '注册新账号' }).click()
    await form.page.waitForURL('/register.html')
    await form.page.getByRole('link', { name: '登录' }).click()
    await form.page.waitForURL('/login.html')
    await form.page.getByRole('link', { name: 'Lovage' }).click()
    await form.page.waitForURL('/')
  })
})
