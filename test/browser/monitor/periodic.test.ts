import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { useBoard } from './board.ts'

const SCHEDULE = {
  'count stock': { task: 'shop.price', schedule: { every: 1 }, args: [2, 3] },
  'report on workdays': { task: 'shop.report', schedule: { minute: 30, hour: 7, dayOfWeek: 'mon-fri' } },
}

describe('the periodic tasks on the overview', () => {
  const board = useBoard({ args: ['-B'], env: { BEAT_SCHEDULE: JSON.stringify(SCHEDULE) } })

  it('stand by when they are due next, and count as they are sent', async () => {
    const page = await board.open('', { locale: 'en-US' })
    const panel = page.getByRole('region', { name: 'Periodic tasks' })
    const row = (name: string) => panel.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
    const cells = (name: string): Promise<string[]> => row(name).locator('td').allInnerTexts()
    await row('report on workdays').waitFor()
    // The soonest on top.
    expect(await panel.getByRole('rowheader').allInnerTexts()).to.deep.equal(['count stock', 'report on workdays'])
    const sent = async (): Promise<number> => Number((await cells('count stock'))[4])
    await eventually(async () => expect(await sent()).to.be.at.least(1))
    const before = await sent()
    await eventually(async () => expect(await sent()).to.be.greaterThan(before))
    const [task, , next, last] = await cells('count stock')
    expect(task).to.equal('shop.price')
    expect(next).to.match(/^\d\d:\d\d:\d\d \(in [\d.]+ m?s\)$/)
    expect(last).to.match(/^\d\d:\d\d:\d\d$/)
    const [, schedule, due, never] = await cells('report on workdays')
    expect(schedule).to.include('30 7')
    expect(due).to.match(/:30:00 \(in .+\)$/)
    expect(never).to.equal('–')
  })
})
