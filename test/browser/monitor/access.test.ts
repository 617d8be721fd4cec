import { expect } from 'chai'
import { TOKEN, useBoard } from './board.ts'

/** Asked for before there is a session. */
const WITHOUT_SESSION = { refused: [/^\/monitor\/api\//] }

describe('the way into the dashboard', () => {
  const board = useBoard()

  it('is the token, which is asked for where there is no session', async () => {
    const { page } = await board.visit(WITHOUT_SESSION)
    await page.goto('/monitor')
    const field = page.getByLabel('访问令牌')
    await field.waitFor()
    expect(await page.evaluate<string>('document.activeElement.id')).to.equal('token')
    await page.getByRole('button', { name: '进入' }).click()
    await page.getByRole('alert').getByText('请输入访问令牌').waitFor()
    await field.fill('wrong')
    await field.press('Enter')
    await page.getByRole('alert').getByText('令牌有误').waitFor()
    expect(await field.getAttribute('aria-invalid')).to.equal('true')
    expect(await page.evaluate<string>('document.activeElement.id')).to.equal('token')
    await field.fill(` ${TOKEN} `)
    await field.press('Enter')
    await page.locator('.connection[data-state=live]').waitFor()
    await page.reload()
    await page.locator('.connection[data-state=live]').waitFor()
  })

  it('is the address with the token, which does not stay in it', async () => {
    const { page } = await board.visit()
    await page.goto(`/monitor?token=${TOKEN}`)
    await page.locator('.connection[data-state=live]').waitFor()
    expect(new URL(page.url()).search).to.equal('')
    expect(page.url()).not.to.include(TOKEN)
  })

  it('says why an address with another token leads nowhere', async () => {
    const { page } = await board.visit(WITHOUT_SESSION)
    await page.goto('/monitor?token=another')
    await page.getByRole('alert').getByText('令牌有误').waitFor()
    expect(new URL(page.url()).hash).to.equal('')
  })

  it('ends with the session, and leads back to where one was', async () => {
    const { page } = await board.visit(WITHOUT_SESSION)
    await page.goto(`/monitor?token=${TOKEN}`)
    await page.getByRole('link', { name: '任务' }).click()
    await page.getByRole('heading', { level: 1, name: '任务' }).waitFor()
    await page.getByRole('button', { name: '退出' }).click()
    await page.getByLabel('访问令牌').fill(TOKEN)
    await page.getByRole('button', { name: '进入' }).click()
    await page.getByRole('heading', { level: 1, name: '任务' }).waitFor()
  })

  it('speaks English, too', async () => {
    const { page } = await board.visit({ ...WITHOUT_SESSION, locale: 'en-GB' })
    await page.goto('/monitor')
    await page.getByLabel('Access token').fill('wrong')
    await page.getByRole('button', { name: 'Enter' }).click()
    await page.getByRole('alert').getByText('That is not the token').waitFor()
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByLabel('访问令牌').waitFor()
    expect(await page.evaluate<string>('document.documentElement.lang')).to.equal('zh-CN')
    expect(await page.title()).to.equal('概览 - Lovage 监控')
  })
})
