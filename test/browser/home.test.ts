import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { expectGreeting, RegisterPage } from './register-page.ts'
import { useSite } from './site.ts'

describe('the first page', () => {
  const site = useSite()

  it('greets who is logged in, also after a reload', async () => {
    const visit = await site.visit()
    const { username, mobile } = await site.signUp(visit)
    await visit.page.goto('/')
    await expectGreeting(visit.page, username, mobile)
    expect(await visit.page.locator('body').innerText()).not.to.include(mobile)
    await visit.page.reload()
    await expectGreeting(visit.page, username, mobile)
  })

  it('logs out for good, and says so to the keyboard too', async () => {
    const visit = await site.visit({ refused: [/^\/info$/] })
    const { page } = visit
    const { username, mobile } = await site.signUp(visit)
    await page.goto('/')
    await expectGreeting(page, username, mobile)
    await page.getByRole('button', { name: '退出' }).click()
    await page.getByText('你还没有登录。').waitFor()
    await eventually(async () => {
      expect(await page.evaluate<string>('document.activeElement.textContent')).to.equal('欢迎来到 Lovage')
    })
    await page.reload()
    await page.getByText('你还没有登录。').waitFor()
    expect((await page.request.get('/info')).status()).to.equal(401)
    expect((await page.context().cookies()).map(({ name }) => name)).not.to.include('username')
  })

  it('leaves the form as it is for who is logged in', async () => {
    const visit = await site.visit()
    const { username, mobile } = await site.signUp(visit)
    const form = await RegisterPage.open(visit.page, site)
    await visit.page.reload()
    await form.enter({ user_name: 'abc' })
    await form.field('pwd').focus()
    await form.expectTold({ errors: { user_name: '用户名须为5–20位文字、数字或下划线' }, focus: 'pwd' })
    await form.captchaId()
    await visit.page.goto('/')
    await expectGreeting(visit.page, username, mobile)
  })

  it('asks again when the service was away', async () => {
    const visit = await site.visit({ refused: [/^\/info$/] })
    const { page } = visit
    const { username, mobile } = await site.signUp(visit)
    await page.route('/info', (route) => route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' }), { times: 1 })
    await page.goto('/')
    await page.getByRole('heading', { name: '暂时无法读取你的信息' }).waitFor()
    await page.getByRole('alert').getByText('服务暂不可用，请稍后重试').waitFor()
    await page.getByRole('button', { name: '重试' }).click()
    await expectGreeting(page, username, mobile)
    expect(await page.getByRole('alert').innerText()).to.equal('')
  })

  it('says so when logging out failed', async () => {
    const visit = await site.visit({ refused: [/^\/logout$/, /^\/info$/] })
    const { page } = visit
    const { username, mobile } = await site.signUp(visit)
    await page.goto('/')
    await expectGreeting(page, username, mobile)
    await page.route('/logout', (route) => route.abort(), { times: 1 })
    await page.getByRole('button', { name: '退出' }).click()
    await page.getByRole('alert').getByText('网络连接失败，请检查网络后重试').waitFor()
    await expectGreeting(page, username, mobile)
    await page.getByRole('button', { name: '退出' }).click()
    await page.getByText('你还没有登录。').waitFor()
  })
})
