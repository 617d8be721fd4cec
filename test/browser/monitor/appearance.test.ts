import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually } from '../../support/eventually.ts'
import { findings } from '../axe.ts'
import { useBoard } from './board.ts'

const VIEWS = { overview: '#/', tasks: '#/tasks', dead: '#/dead' } as const

/** Lists what sticks out at the sides of the page, but for what scrolls within itself, and what is cut off. */
const READ_OVERFLOW = `(() => {
  const inner = (element) => element.closest('.scroll, .chart-place, .unseen, pre') !== null
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect()
    return width > 0 && !inner(element) && (left < -0.5 || right > document.documentElement.clientWidth + 0.5)
  })
  const cut = [...document.querySelectorAll('button, .figure dd, .figure dt')].filter((one) => one.scrollWidth > one.clientWidth + 1)
  return [...wide, ...cut].map((element) => element.outerHTML.slice(0, 200))
})()`

/** Waits until a view shows what it is for. */
async function filled(page: Page, view: keyof typeof VIEWS | 'task'): Promise<void> {
  if (view === 'overview') await page.locator('.panel').nth(6).waitFor()
  else await page.locator('tbody th[scope=row]').first().waitFor()
}

describe('the look of the dashboard', () => {
  const board = useBoard()
  let failed: string

  beforeEach(async () => {
    for (const pieces of [1, 2, 3]) await board.run({ name: 'shop.price', args: [pieces, 4], queue: 'mail' })
    failed = await board.run({ name: 'shop.ship', args: [12] })
    await board.startPacking()
  })

  async function openEach(page: Page, see: (view: keyof typeof VIEWS | 'task') => Promise<void>): Promise<void> {
    for (const [view, hash] of [...Object.entries(VIEWS), ['task', `#/tasks/${failed}`]] as [
      keyof typeof VIEWS | 'task',
      string,
    ][]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      await filled(page, view)
      await see(view)
    }
  }

  for (const locale of ['zh-CN', 'en-US']) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`is for everybody, in ${locale} and ${colorScheme} colours: axe-core finds nothing`, async () => {
        const page = await board.open('', { locale, colorScheme })
        await openEach(page, async (view) => {
          expect(await findings(page), view).to.deep.equal([])
        })
        await page.evaluate(`location.hash = '#/'`)
        await page.getByRole('button', { name: locale === 'en-US' ? 'Purge mail' : '清空 mail' }).click()
        await page.getByRole('dialog').waitFor()
        expect(await findings(page), 'a question').to.deep.equal([])
      })
    }

    it(`fits a screen that is 320 wide, in ${locale}`, async () => {
      const size = { width: 320, height: 640 }
      const page = await board.open('', { locale, viewport: size, screen: size, isMobile: true, hasTouch: true })
      await openEach(page, async (view) => {
        expect(await page.evaluate<string[]>(READ_OVERFLOW), view).to.deep.equal([])
        expect(await page.evaluate<number>('document.documentElement.scrollWidth'), view).to.equal(320)
      })
    })
  }

  it('stays where it is as figures change', async () => {
    const page = await board.open()
    await filled(page, 'overview')
    const places = `[...document.querySelectorAll('.panel, .figure, .chart-place')].map((one) => {
      const { left, top, width } = one.getBoundingClientRect()
      return [left, top + scrollY, width].map(Math.round).join()
    }).slice(0, 20)`
    const before = await page.evaluate<string[]>(places)
    const value = (): Promise<string> => page.locator('[data-figure=running]').innerText()
    await board.startPacking()
    await eventually(async () => expect(await value()).to.equal('2'))
    expect((await page.evaluate<string[]>(places)).slice(0, 17)).to.deep.equal(before.slice(0, 17))
  })
})
