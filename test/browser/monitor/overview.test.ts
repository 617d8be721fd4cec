import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../../support/eventually.ts'
import { useBoard } from './board.ts'

/** The colours that a chart's canvas has, without those of axes and grid. */
const countColours = (title: string) => `(() => {
  const figure = [...document.querySelectorAll('figure')].find((one) => one.querySelector('figcaption').textContent === ${JSON.stringify(title)})
  const canvas = figure.querySelector('canvas')
  // Of a copy: a canvas that is read again and again is worth a warning to Chromium.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
  copy.drawImage(canvas, 0, 0)
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height)
  const colours = new Set()
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue, alpha] = data.slice(at, at + 4)
    // Grey is text and grid; lines have a colour.
    if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) colours.add([red, green, blue].join())
  }
  return colours.size
})()`

/** What is asked for when a range is chosen, the one that is there at first last but one. */
const RANGES = [
  ['1 小时', 'hours=1&step=10'],
  ['6 小时', 'hours=6&step=60'],
  ['15 分钟', 'hours=1&step=10'],
  ['24 小时', 'hours=24&step=240'],
] as const

function figure(page: Page, name: string): Promise<string> {
  return page.locator(`[data-figure=${name}]`).innerText()
}

describe('the overview', () => {
  const board = useBoard()

  it('shows what runs while it runs, and for how long', async () => {
    const page = await board.open()
    expect(await figure(page, 'running')).to.equal('0')
    const { id, order } = await board.startPacking()
    await eventually(async () => expect(await figure(page, 'running')).to.equal('1'))
    const row = page.getByRole('region', { name: '本进程的线程' }).getByRole('row').filter({ hasText: id })
    await row.getByText('shop.pack').waitFor()
    const since = await row.locator('.time').innerText()
    await eventually(async () => expect(await row.locator('.time').innerText()).not.to.equal(since))
    board.tasks.open(order)
    await eventually(async () => expect(await figure(page, 'running')).to.equal('0'))
    await row.waitFor({ state: 'detached' })
  })

  it('counts what waits, is worked off and fails, by task and by queue', async () => {
    const page = await board.open()
    for (const pieces of [1, 2, 3]) await board.run({ name: 'shop.price', args: [pieces, 4], queue: 'mail' })
    await board.run({ name: 'shop.ship', args: [12] })
    const names = page.getByRole('region', { name: /按任务名称/ })
    await eventually(async () => {
      const cells = await names.getByRole('row').filter({ hasText: 'shop.price' }).locator('td').allInnerTexts()
      expect(cells[1]).to.equal('3')
      // Percentiles of wait, run and total are there, with their unit.
      for (const time of cells.slice(4)) expect(time).to.match(/^[\d.]+ (?:ms|s)$/)
    })
    await eventually(async () => {
      const cells = await names.getByRole('row').filter({ hasText: 'shop.ship' }).locator('td').allInnerTexts()
      expect(cells[2]).to.equal('1')
    })
    const queues = page.getByRole('region', { name: '队列', exact: true })
    for (const name of ['celery', 'mail']) await queues.getByRole('rowheader', { name, exact: true }).waitFor()
    await page
      .getByRole('region', { name: /此 Redis 上的进程/ })
      .getByText('本进程')
      .waitFor()
    await page.getByRole('region', { name: '短信网关' }).getByText('console').waitFor()
    await page.getByRole('region', { name: '短信预算' }).getByText('每分钟短信').waitFor()
    await page.getByRole('region', { name: '周期任务' }).waitFor()
  })

  it('draws its charts, and tells in words what they show', async () => {
    const page = await board.open()
    await board.run({ name: 'shop.price', args: [1, 1] })
    await eventually(async () => {
      for (const title of ['每秒完成', '同时运行', '积压']) {
        expect(await page.evaluate<number>(countColours(title)), title).to.be.greaterThan(0)
      }
    })
    // From the keyboard, through the times that the chart has.
    const slider = page.getByRole('slider', { name: '每秒完成：选择时间点' })
    await slider.focus()
    const last = await slider.getAttribute('aria-valuetext')
    expect(last).to.match(/^\d\d:\d\d:\d\d: 每秒任务 [\d.,]+ \/s$/)
    await page.keyboard.press('Home')
    await eventually(async () => expect(await slider.getAttribute('aria-valuetext')).not.to.equal(last))
  })

  it('asks for the time that is chosen, and for one task', async function () {
    this.timeout(60_000)
    await board.run({ name: 'shop.price', args: [2, 2] })
    const page = await board.open()
    // Once it is in the history, which is written every ten seconds; the page asks for a quarter of an hour every five.
    const names = page.locator('select option')
    await eventually(async () => expect(await names.allInnerTexts()).to.include('shop.price'), { timeoutMs: 30_000 })
    for (const [range, query] of RANGES) {
      const asked = page.waitForRequest(new RegExp(`history\\?${query}$`))
      await page.getByRole('radio', { name: range }).check()
      await asked
      await eventually(async () =>
        expect(await page.evaluate<number>(countColours('积压')), range).to.be.greaterThan(0),
      )
    }
    const ofTask = page.waitForRequest(/history\?hours=24&step=240&task=shop\.price$/)
    await page.getByLabel('时间与结果').selectOption('shop.price')
    await ofTask
  })

  it('says that figures are late and the connection lost, keeps the last ones, and goes on', async function () {
    this.timeout(60_000)
    const page = await board.open()
    board.service.signal('SIGSTOP')
    try {
      const connection = page.getByRole('status')
      await connection.filter({ hasText: '没有新数据 · 数据截至' }).waitFor()
      await connection.filter({ hasText: '连接中断，正在重连 · 数据截至' }).waitFor({ timeout: 25_000 })
      expect(await figure(page, 'running')).to.equal('0')
    } finally {
      board.service.signal('SIGCONT')
    }
    await page.locator('.connection[data-state=live]').waitFor({ timeout: 25_000 })
  })

  it('is there in English, and changes at once', async () => {
    const page = await board.open('', { locale: 'en-US' })
    await page.getByRole('region', { name: 'Queues', exact: true }).waitFor()
    expect(await page.title()).to.equal('Overview - Lovage monitor')
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('region', { name: '队列', exact: true }).waitFor()
    await page.locator('figcaption').getByText('每秒完成').waitFor()
  })
})
