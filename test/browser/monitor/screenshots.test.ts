import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { takePicture } from '../screenshots.ts'
import { useBoard } from './board.ts'
import { writeShopHistory } from './shop-history.ts'

const LIMIT_BYTES = 200_000
const DESKTOP = { width: 1280, height: 960 }
const PHONE = { width: 320, height: 740 }

describe('the pictures of the dashboard', () => {
  const board = useBoard()

  before(async () => {
    await writeShopHistory(board.broker)
    for (let pieces = 1; pieces <= 40; pieces += 1) {
      await board.send({ name: 'shop.price', args: [pieces, 4], queue: pieces % 3 === 0 ? 'mail' : 'celery' })
    }
    await board.run({ name: 'shop.ship', args: [12] })
  })

  it('show the overview', async function () {
    this.timeout(60_000)
    await board.startPacking()
    const page = await board.open('', { locale: 'en-US', viewport: DESKTOP })
    await page.getByRole('rowheader', { name: 'shop.price' }).waitFor()
    // Until it does as much as the history says that it did.
    await eventually(
      async () => {
        for (let count = 0; count < 3; count += 1) await board.send({ name: 'shop.price', args: [2, 3] })
        expect(Number.parseFloat(await page.locator('[data-figure=perSecond]').innerText())).to.be.at.least(15)
      },
      { what: 'tasks enough', timeoutMs: 40_000 },
    )
    await takePicture(page, 'dashboard-en-light.png', LIMIT_BYTES)
  })

  it('show a task that runs', async () => {
    const { id } = await board.startPacking()
    for (const pieces of [2, 5]) await board.run({ name: 'shop.price', args: [pieces, 4], parent: id })
    const page = await board.open(`#/tasks/${id}`, { viewport: DESKTOP, colorScheme: 'dark' })
    await page.getByText('packing 10 pieces').waitFor()
    await page.getByRole('region', { name: '关联任务' }).getByText('shop.price').nth(1).waitFor()
    await takePicture(page, 'dashboard-task-zh-dark.png', LIMIT_BYTES)
  })

  it('show the list on a telephone', async () => {
    const page = await board.open('#/tasks', { viewport: PHONE })
    await page.locator('tbody th').first().waitFor()
    await takePicture(page, 'dashboard-zh-phone.png', LIMIT_BYTES)
  })
})
