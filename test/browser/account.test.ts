import { expect } from 'chai'
import type { Locator, Page } from 'playwright-core'
import { newMobile } from '../e2e/journey.ts'
import { eventually } from '../support/eventually.ts'
import type { VisitOptions } from '../support/browser.ts'
import { FormPage } from './form-page.ts'
import { useSite, type Person } from './site.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'

const masked = (mobile: string) => `${mobile.slice(0, 3)}****${mobile.slice(7)}`

describe('the account page', () => {
  const site = useSite()

  async function open(options: VisitOptions = {}): Promise<{ page: Page; form: FormPage; person: Person }> {
    const visit = await site.visit(options)
    const person = await site.signUp(visit)
    await visit.page.goto('/account.html')
    await visit.page.getByText(person.username, { exact: true }).waitFor()
    return { page: visit.page, form: new FormPage(visit.page, site), person }
  }

  async function expectSessions(page: Page, count: number): Promise<void> {
    await eventually(async () => expect(await sessionsOf(page).count()).to.equal(count), { what: 'the sessions' })
  }

  it('shows who is logged in, the mobile masked, and where', async () => {
    const { page, person } = await open()
    await site.logInElsewhere(person, FIREFOX)
    await page.reload()
    await expectSessions(page, 2)
    const text = await page.locator('main').innerText()
    expect(text).to.include(person.username).and.include(masked(person.mobile)).and.include('Firefox 128, Linux')
    expect(text).not.to.include(person.mobile)
    const own = sessionsOf(page).filter({ hasText: '当前设备' })
    expect(await own.count()).to.equal(1)
    expect(await own.getByRole('button').count(), 'ends of the own one').to.equal(0)
    expect(await own.innerText())
      .to.include('127.0.0.1')
      .and.match(/20\d\d年\d+月\d+日/)
  })

  it('ends one session, and says so to the keyboard too', async () => {
    const { page, person } = await open()
    await site.logInElsewhere(person, FIREFOX)
    await site.logInElsewhere(person, IPHONE)
    await page.reload()
    await expectSessions(page, 3)
    await page.getByRole('button', { name: '退出 Firefox 128, Linux' }).press('Enter')
    await expectSessions(page, 2)
    await expectStatus(page, 'Firefox 128, Linux 已退出。')
    expect(await page.evaluate<string>('document.activeElement.textContent')).to.equal('登录的设备')
    expect(await page.locator('.sessions').innerText())
      .to.include('Safari 17, iPhone')
      .and.not.include('Firefox')
  })

  it('ends all others, and stays logged in', async () => {
    const { page, person } = await open()
    await site.logInElsewhere(person, FIREFOX)
    await site.logInElsewhere(person, IPHONE)
    await page.reload()
    await expectSessions(page, 3)
    await page.getByRole('button', { name: '退出其他所有设备' }).click()
    await expectSessions(page, 1)
    await expectStatus(page, '其他设备已全部退出。')
    expect(await page.getByRole('button', { name: '退出其他所有设备' }).count()).to.equal(0)
    await page.reload()
    await expectSessions(page, 1)
  })

  it('sets another password, which ends the other sessions', async () => {
    const { page, form, person } = await open({ refused: [/^\/password$/, /^\/login$/] })
    await site.logInElsewhere(person, FIREFOX)
    await page.getByRole('button', { name: '修改密码' }).click()
    await eventually(async () => expect(await page.evaluate<string>('document.activeElement.id')).to.equal('old_pwd'))
    await form.enter({ old_pwd: 'wrong_password', pwd: 'another_one', cpwd: 'another_one' })
    await form.submitButton.click()
    await form.expectTold({ errors: { old_pwd: '当前密码有误' }, focus: 'old_pwd' })
    await form.enter({ old_pwd: person.password, cpwd: 'another_two' })
    await form.submitButton.click()
    await form.expectTold({ errors: { cpwd: '两次输入的密码不一致' }, focus: 'cpwd' })
    await form.enter({ cpwd: 'another_one' })
    await form.submitButton.click()
    await expectStatus(page, '密码已修改，其他设备上的登录已退出。')
    await expectSessions(page, 1)
    expect(await page.locator('form').count()).to.equal(0)
    expect(await page.evaluate<string>('document.activeElement.id')).to.equal('change-password')
    const login = (password: string) => page.request.post('/login', { data: { username: person.username, password } })
    expect((await login(person.password)).status()).to.equal(401)
    expect((await login('another_one')).status()).to.equal(200)
  })

  it('sets another mobile by a code that is sent to it', async () => {
    const { page, form, person } = await open({ refused: [/^\/mobile$/] })
    const other = await site.register()
    await page.getByRole('button', { name: '修改手机号' }).click()
    await form.captchaId()
    await form.enter({ phone: other.mobile, pic_code: await form.captchaText() })
    await form.codeButton.click()
    await form.expectTold({ errors: { phone: '手机号已存在' }, focus: 'phone' })

    const mobile = newMobile()
    await form.enter({ phone: mobile })
    const code = await form.askForCode()
    await form.expectTold({ focus: 'msg_code' })
    await form.enter({ msg_code: code, old_pwd: 'wrong_password' })
    await form.submitButton.click()
    await form.expectTold({ errors: { old_pwd: '当前密码有误' }, focus: 'old_pwd' })
    await form.enter({ old_pwd: person.password })
    await form.submitButton.click()
    await expectStatus(page, '手机号已修改。')
    await page.getByText(masked(mobile), { exact: true }).waitFor()
    expect(await page.locator('form').count()).to.equal(0)
  })

  it('has one form open at a time, and closes it on request', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: '修改密码' }).click()
    await page.getByRole('form', { name: '修改密码' }).waitFor()
    await page.getByRole('button', { name: '修改手机号' }).click()
    await page.getByRole('form', { name: '修改手机号' }).waitFor()
    expect(await page.getByRole('form').count()).to.equal(1)
    await page.getByRole('button', { name: '取消', exact: true }).click()
    expect(await page.getByRole('form').count()).to.equal(0)
  })

  it('logs out', async () => {
    const { page } = await open({ refused: [/^\/info$/] })
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL('/')
    await page.getByText('你还没有登录。').waitFor()
  })

  it('asks for a login where the session was ended elsewhere', async () => {
    const { page, person } = await open({ refused: [/^\/sessions/, /^\/info$/] })
    await site.logInElsewhere(person, FIREFOX)
    await page.reload()
    await expectSessions(page, 2)
    await page.request.delete('/logout')
    await page.getByRole('button', { name: '退出其他所有设备' }).click()
    await page.waitForURL('/login.html?to=account')
  })

  it('says so when the service is away, and asks again', async () => {
    const { page, person } = await open({ refused: [/^\/sessions/, /^\/info$/] })
    await site.logInElsewhere(person, FIREFOX)
    await page.route('/sessions', (route) => route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' }), { times: 1 })
    await page.reload()
    await page.getByText('暂时无法读取你的账号').waitFor()
    await page.getByRole('alert').getByText('服务暂不可用，请稍后重试').waitFor()
    await page.getByRole('button', { name: '重试' }).click()
    await expectSessions(page, 2)
    await page.route('/sessions', (route) => route.abort(), { times: 1 })
    await page.getByRole('button', { name: '退出其他所有设备' }).click()
    await page.getByRole('alert').getByText('网络连接失败，请检查网络后重试').waitFor()
    await expectSessions(page, 2)
  })
})

function sessionsOf(page: Page): Locator {
  return page.locator('.sessions > li')
}

function expectStatus(page: Page, text: string): Promise<void> {
  return page.getByRole('status').getByText(text, { exact: true }).waitFor()
}
