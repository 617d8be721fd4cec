import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../../support/eventually.ts'
import { useBoard } from './board.ts'

/** The ids that the list shows, from its top. */
function listed(page: Page): Promise<string[]> {
  return page.locator('tbody th[scope=row]').allInnerTexts()
}

describe('the list of tasks', () => {
  const board = useBoard()

  it('is narrowed by name and state, and says how many there are', async () => {
    const priced = await board.run({ name: 'shop.price', args: [1, 2] })
    const shipped = await board.run({ name: 'shop.ship', args: [7] })
    const page = await board.open('#/tasks')
    await eventually(async () => expect(await listed(page)).to.include.members([priced, shipped]))
    await page.getByText('失败', { exact: false }).first().click()
    await eventually(async () => {
      expect(await listed(page)).to.include(shipped)
      expect(await listed(page)).not.to.include(priced)
    })
    expect(new URL(page.url()).hash).to.equal('#/tasks?state=FAILURE')
    await page.getByText('RangeError: no such order: 7').waitFor()
    await page.goBack()
    await page.getByLabel('名称').selectOption('shop.price')
    await eventually(async () => {
      expect(await listed(page)).to.include(priced)
      expect(await listed(page)).not.to.include(shipped)
    })
    await eventually(async () => {
      const all = await page.locator('label').filter({ hasText: '全部' }).locator('.count').innerText()
      expect(Number(all)).to.equal((await listed(page)).length)
    })
  })

  it('does not move while it is read: what has come since is counted', async () => {
    await board.run({ name: 'shop.price', args: [3, 3] })
    const { id, order } = await board.startPacking()
    const page = await board.open('#/tasks')
    await eventually(async () => expect(await listed(page)).to.include(id))
    const before = await listed(page)
    const row = page.getByRole('row').filter({ hasText: id })
    await row.getByText('运行中').waitFor()
    const later = await board.run({ name: 'shop.price', args: [4, 4] })
    board.tasks.open(order)
    await page.getByRole('button', { name: '显示 1 个新任务' }).waitFor()
    await row.getByText('成功').waitFor()
    expect(await listed(page)).to.deep.equal(before)
    await page.getByRole('button', { name: '显示 1 个新任务' }).click()
    await eventually(async () => expect(await listed(page)).to.deep.equal([later, ...before]))
  })

  it('has pages, there and back', async () => {
    for (let pieces = 0; pieces < 60; pieces += 1) await board.send({ name: 'shop.price', args: [pieces, 1] })
    const page = await board.open('#/tasks?name=shop.price')
    await page.getByText('第 1–50 个').waitFor()
    await eventually(async () => {
      const counts = await page.locator('label').filter({ hasText: '全部' }).locator('.count').innerText()
      expect(Number(counts)).to.be.at.least(60)
    })
    const first = await listed(page)
    await page.getByRole('button', { name: '较早' }).click()
    await page.getByText(/^第 51–\d+ 个$/).waitFor()
    const second = await listed(page)
    expect(second.filter((id) => first.includes(id))).to.deep.equal([])
    await page.getByRole('button', { name: '较新' }).click()
    await page.getByText('第 1–50 个').waitFor()
  })

  it('leads to a task by its id, and says when nothing is known of it', async () => {
    const id = await board.run({ name: 'shop.price', args: [5, 6] })
    const page = await board.open('#/tasks', { refused: [/^\/monitor\/api\/task$/] })
    await page.getByLabel('任务 ID').fill(` ${id} `)
    await page.getByRole('button', { name: '查找' }).click()
    await page.getByRole('heading', { level: 1, name: 'shop.price' }).waitFor()
    await page.goBack()
    await page.getByLabel('任务 ID').fill('no-such-task')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('没有这个任务的任何信息').waitFor()
  })
})

describe("a task's page", () => {
  const board = useBoard()

  it('shows arguments, progress and log while it runs, then its end', async () => {
    const { id, order } = await board.startPacking()
    const page = await board.open(`#/tasks/${id}`)
    await page.getByRole('heading', { level: 1, name: 'shop.pack' }).waitFor()
    expect(await page.evaluate<string>('document.activeElement.tagName')).to.equal('H1')
    await page.getByText(`('${order}',)`).waitFor()
    await eventually(async () => {
      expect(await page.locator('progress').first().getAttribute('value')).to.equal('0.3')
    })
    const log = page.getByRole('region', { name: '日志' })
    await log.getByText('packing 10 pieces').waitFor()
    const runs = page.getByRole('region', { name: '执行记录' })
    await runs.getByText('运行中').waitFor()
    board.tasks.open(order)
    await runs.getByText('成功').waitFor()
    await runs.getByText("'packed'").waitFor()
    await log.getByText('packed', { exact: true }).waitFor()
    await page.locator('progress').first().waitFor({ state: 'detached' })
  })

  it('shows the error with its stack', async () => {
    const id = await board.run({ name: 'shop.ship', args: [99] })
    const page = await board.open(`#/tasks/${id}`)
    const errors = page.getByRole('region', { name: '错误' })
    await errors.getByText('RangeError: no such order: 99').first().waitFor()
    expect(await errors.locator('pre').innerText()).to.match(/RangeError: no such order: 99\n\s+at .*tasks\.mjs/)
  })

  it('leads to parents and children', async () => {
    const parent = await board.run({ name: 'shop.price', args: [1, 1] })
    const child = await board.run({ name: 'shop.price', args: [2, 1], parent })
    const page = await board.open(`#/tasks/${parent}`)
    const family = page.getByRole('region', { name: '关联任务' })
    await family.getByRole('link', { name: child }).click()
    await page.locator('p').getByText(child, { exact: true }).waitFor()
    await family.getByRole('row').filter({ hasText: '根任务' }).getByRole('link', { name: parent }).waitFor()
  })
})
