import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { RedisRecords } from '../../../src/engine/broker/redis-records.ts'
import { eventually } from '../../support/eventually.ts'
import { recordChange } from '../../support/record-change.ts'
import { useBoard } from './board.ts'

/** As many as are kept unless the settings say otherwise. */
const RECORDS = 100_000
/** Of them, one in fifty failed. */
const FAILED = RECORDS / 50
const NAMES = 20
const OF_A_NAME = RECORDS / NAMES
const PAGE_SIZE = 50

/** What a page of the list may have in its document, however many tasks there are: rows of eight cells and what is around them. */
const MOST_ELEMENTS = 2_000

function idOf(index: number): string {
  return `many-${String(index).padStart(6, '0')}`
}

describe('the list of a hundred thousand tasks', function () {
  this.timeout(60_000)
  const board = useBoard()

  before(async function () {
    this.timeout(180_000)
    // As the service's own: so it drops none of them.
    const limits = { max: RECORDS, maxBytes: 134_217_728, days: 7 }
    const records = new RedisRecords({ redis: board.broker, keys: new BrokerKeys(), limits })
    const began = Date.now() - RECORDS
    const batch = 2_000
    for (let from = 0; from < RECORDS; from += batch) {
      const changes = Array.from({ length: batch }, (_value, index) => {
        const number = from + index
        return recordChange(idOf(number), {
          name: `many.task_${number % NAMES}`,
          state: number % 50 === 0 ? 'FAILURE' : 'SUCCESS',
          receivedAt: began + number,
        })
      })
      await records.write(changes, 0)
    }
    expect((await records.figures()).count).to.equal(RECORDS)
  })

  function listed(page: Page): Promise<string[]> {
    return page.locator('tbody th[scope=row]').allInnerTexts()
  }
  async function expectCount(page: Page, state: string, count: number): Promise<void> {
    const place = page.locator('label').filter({ hasText: state }).locator('.count')
    await eventually(async () => expect(await place.innerText()).to.equal(count.toLocaleString('en')))
  }
  async function expectSmall(page: Page): Promise<void> {
    const elements = await page.evaluate<number>('document.querySelectorAll("*").length')
    expect(elements).to.be.within(PAGE_SIZE * 8, MOST_ELEMENTS)
  }
  function pager(page: Page, name: string) {
    return page.getByRole('navigation', { name: 'Pages of the list' }).getByRole('button', { name, exact: true })
  }

  it('opens with the newest, says how many there are, and goes from page to page', async () => {
    const page = await board.open('#/tasks', { locale: 'en-US' })
    await expectCount(page, 'All', RECORDS)
    const seen: string[] = []
    for (let first = 1; first <= 10 * PAGE_SIZE; first += PAGE_SIZE) {
      await page.getByText(`${first} to ${first + PAGE_SIZE - 1}`, { exact: true }).waitFor()
      seen.push(...(await listed(page)))
      await expectSmall(page)
      await pager(page, 'Older').click()
    }
    const newest = Array.from({ length: 10 * PAGE_SIZE }, (_value, index) => idOf(RECORDS - 1 - index))
    expect(seen).to.deep.equal(newest)
    await pager(page, 'Newest').click()
    await eventually(async () => expect((await listed(page))[0]).to.equal(newest[0]))
  })

  it('is narrowed by state and name', async () => {
    const page = await board.open('#/tasks', { locale: 'en-US' })
    await expectCount(page, 'Failed', FAILED)
    await page.getByRole('radio', { name: /^Failed/ }).check()
    const failed = Array.from({ length: PAGE_SIZE }, (_value, index) => idOf(RECORDS - 50 * (index + 1)))
    await eventually(async () => expect(await listed(page)).to.deep.equal(failed))
    await page.getByLabel('Name').selectOption('many.task_7')
    await page.getByText('No such tasks').waitFor()
    await page.getByRole('radio', { name: /^All/ }).check()
    await expectCount(page, 'All', OF_A_NAME)
    const ofName = Array.from({ length: PAGE_SIZE }, (_value, index) => idOf(RECORDS - NAMES * (index + 1) + 7))
    await eventually(async () => expect(await listed(page)).to.deep.equal(ofName))
    await expectSmall(page)
  })

  it('leads to the oldest of them by its id', async () => {
    const page = await board.open('#/tasks', { locale: 'en-US' })
    await page.getByLabel('Task ID').fill(idOf(0))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'many.task_0' }).waitFor()
    await page.locator('[data-state=FAILURE]').first().waitFor()
  })

  it('goes on living: tasks come, change and drop the oldest', async () => {
    const page = await board.open('#/tasks', { locale: 'en-US' })
    await expectCount(page, 'All', RECORDS)
    const { id, order } = await board.startPacking()
    await page.getByRole('button', { name: 'Show 1 new' }).click()
    const row = page.getByRole('row').filter({ hasText: id })
    await row.getByText('Running').waitFor()
    board.tasks.open(order)
    await row.getByText('Succeeded').waitFor()
    await expectCount(page, 'All', RECORDS)
    await page.getByText(/dropped/).waitFor()
    await expectSmall(page)
  })
})
