import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../../support/eventually.ts'
import { useBoard } from './board.ts'

function dialog(page: Page) {
  return page.getByRole('dialog')
}

/** Confirms what is asked, and waits until it is told what was done. */
async function confirm(page: Page, question: string, button: string, done: string | RegExp): Promise<void> {
  await dialog(page).getByRole('heading', { name: question }).waitFor()
  await dialog(page).getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('status').getByText(done).waitFor()
  await dialog(page).waitFor({ state: 'detached' })
}

function queueRow(page: Page, name: string) {
  return page
    .getByRole('region', { name: '队列', exact: true })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
}

describe('the actions of the dashboard', () => {
  const board = useBoard()

  it('are asked about first: not confirmed, nothing is done, and the focus is back', async () => {
    const page = await board.open()
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/actions/')) asked.push(request.url())
    })
    const button = page.getByRole('button', { name: '暂停 mail' })
    await button.click()
    await dialog(page).getByText('暂停队列 mail？').waitFor()
    expect(await page.evaluate<string>('document.activeElement.textContent.trim()')).to.equal('取消')
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')).to.equal('暂停 mail')
    await page.keyboard.press('Enter')
    await dialog(page).getByRole('button', { name: '取消' }).click()
    await dialog(page).waitFor({ state: 'detached' })
    expect(asked).to.deep.equal([])
  })

  it('pause and resume a queue', async () => {
    const page = await board.open()
    await page.getByRole('button', { name: '暂停 mail' }).click()
    await confirm(page, '暂停队列 mail？', '暂停', '队列 mail 已暂停')
    await queueRow(page, 'mail').getByText('已暂停').waitFor()
    await board.send({ name: 'shop.price', args: [1, 1], queue: 'mail' })
    await eventually(async () => expect(await queueRow(page, 'mail').locator('td').nth(1).innerText()).to.equal('1'))
    await page.getByRole('button', { name: '恢复 mail' }).click()
    await confirm(page, '恢复队列 mail？', '恢复', '队列 mail 已恢复')
    await queueRow(page, 'mail').getByText('处理中').waitFor()
    await eventually(async () => expect(await queueRow(page, 'mail').locator('td').nth(1).innerText()).to.equal('0'))
  })

  it('purge a queue', async () => {
    const page = await board.open()
    await page.getByRole('button', { name: '暂停 mail' }).click()
    await confirm(page, '暂停队列 mail？', '暂停', '队列 mail 已暂停')
    for (const pieces of [1, 2]) await board.send({ name: 'shop.price', args: [pieces, 1], queue: 'mail' })
    await eventually(async () => expect(await queueRow(page, 'mail').locator('td').nth(1).innerText()).to.equal('2'))
    await page.getByRole('button', { name: '清空 mail' }).click()
    await dialog(page).getByText('等待中的 2 个任务将被删除，无法恢复。').waitFor()
    await confirm(page, '清空队列 mail？', '清空', '已从队列 mail 删除 2 个任务')
    expect(await board.broker.llen('mail')).to.equal(0)
    await page.getByRole('button', { name: '恢复 mail' }).click()
    await confirm(page, '恢复队列 mail？', '恢复', '队列 mail 已恢复')
  })

  it('grow and shrink the pool', async () => {
    const page = await board.open()
    await page.getByText('可同时运行 4 个').waitFor()
    await page.getByRole('button', { name: '扩大' }).click()
    await dialog(page).getByLabel('增加').fill('3')
    await confirm(page, '的池？', '扩大', '池大小已从 4 改为 7')
    await page.getByText('可同时运行 7 个').waitFor()
    await page.getByRole('button', { name: '缩小' }).click()
    await dialog(page).getByLabel('减少').fill('3')
    await confirm(page, '的池？', '缩小', '池大小已从 7 改为 4')
    await page.getByText('可同时运行 4 个').waitFor()
  })

  it('tell within the question why something could not be done', async () => {
    const page = await board.open('', { refused: [/^\/monitor\/api\/actions\/grow$/] })
    await page.route('**/actions/grow', (route) =>
      route.fulfill({ status: 409, json: { error: 'CONFLICT', message: 'the pool is as large as may be' } }),
    )
    await page.getByRole('button', { name: '扩大' }).click()
    await dialog(page).getByRole('button', { name: '扩大', exact: true }).click()
    await dialog(page).getByRole('alert').getByText('服务器拒绝了请求：the pool is as large as may be').waitFor()
    await dialog(page).getByRole('button', { name: '取消' }).click()
    await dialog(page).waitFor({ state: 'detached' })
  })

  it('revoke a task that has not started', async () => {
    // For a moment it is neither on its queue any more nor recorded.
    const page = await board.open('', { refused: [/^\/monitor\/api\/task$/] })
    await page.getByRole('button', { name: '暂停 mail' }).click()
    await confirm(page, '暂停队列 mail？', '暂停', '队列 mail 已暂停')
    const id = await board.send({ name: 'shop.price', args: [1, 1], queue: 'mail' })
    await page.evaluate(`location.hash = '#/tasks/${id}'`)
    await page.locator('[data-state=PENDING]').first().waitFor()
    await page.getByRole('button', { name: '撤销' }).click()
    await confirm(page, `撤销任务 ${id}？`, '撤销', '任务已撤销')
    await page.getByRole('link', { name: '概览' }).click()
    await page.getByRole('button', { name: '恢复 mail' }).click()
    await confirm(page, '恢复队列 mail？', '恢复', '队列 mail 已恢复')
    await page.evaluate(`location.hash = '#/tasks/${id}'`)
    await page.locator('[data-state=REVOKED]').first().waitFor()
  })

  it('terminate a task that runs', async () => {
    const { id } = await board.startPacking()
    const page = await board.open(`#/tasks/${id}`)
    await page.getByRole('button', { name: '终止' }).click()
    await confirm(page, `终止任务 ${id}？`, '终止', '任务已终止')
    await page.locator('[data-state=REVOKED]').first().waitFor()
  })

  it('retry a task from its page', async () => {
    const id = await board.run({ name: 'shop.ship', args: [1] })
    const page = await board.open(`#/tasks/${id}`)
    await page.getByText('RangeError: no such order: 1').first().waitFor()
    const answered = page.waitForResponse(/actions\/retry$/)
    await page.getByRole('button', { name: '重试', exact: true }).click()
    await confirm(page, `重试 ${id}？`, '重试', '已放回队列 celery')
    expect((await answered).status()).to.equal(200)
    await eventually(async () => {
      expect(await page.getByRole('region', { name: '执行记录' }).locator('tbody tr').count()).to.equal(2)
    })
  })

  it('retry one dead letter, and all of them', async () => {
    const [first, second, third] = [
      await board.run({ name: 'shop.ship', args: [21] }),
      await board.run({ name: 'shop.ship', args: [22] }),
      await board.run({ name: 'shop.ship', args: [23] }),
    ]
    const page = await board.open('#/dead?kind=dead&task=shop.ship')
    const letter = (id: string | undefined) => page.getByRole('row').filter({ hasText: id ?? '?' })
    for (const id of [first, second, third]) await letter(id).waitFor()
    const timeOf = (id: string | undefined) => letter(id).locator('td').first().innerText()
    const before = await timeOf(second)
    await page.getByRole('button', { name: `重试 ${second}` }).click()
    await confirm(page, '重试 shop.ship？', '重试', '已放回队列 celery')
    // It fails again, and is set aside again.
    await eventually(async () => expect(await timeOf(second)).not.to.equal(before))
    await page.getByRole('button', { name: '全部重试' }).click()
    await confirm(page, '？', '全部重试', /^已放回 \d+ 条$/)
    await eventually(async () => expect(await timeOf(third)).not.to.equal(before))
  })
})
