import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { defaults } from '../../../config/default.ts'
import { openFigures } from '../../../src/cli/process-figures.ts'
import { readSmsFigures, type SmsFigureSources } from '../../../src/cli/sms-figures.ts'

/** With a budget that needs no Redis: it has no limit. */
function read(figures: SmsFigureSources['figures'], budgets: Partial<SmsFigureSources['budgets']> = {}) {
  const codes = {} as Redis
  return readSmsFigures({ figures, codes, budgets: { ...defaults.budgets, smsPerMinute: null, ...budgets } })
}

describe('the figures of SMS', () => {
  it('tell of pumping as long as codes of that time count', async () => {
    const figures = openFigures(defaults)
    const quiet = { active: false, alarms: 0, suspicious: 0, lastAt: null }
    expect((await read(figures)).pumping).to.deep.equal([
      { by: 'prefix', ...quiet },
      { by: 'block', ...quiet },
    ])
    const before = Date.now()
    figures.budgets.countSuspicious('block')
    figures.budgets.countSuspicious('block')
    figures.budgets.countAlarm('block')
    const [prefix, block] = (await read(figures)).pumping ?? []
    expect(prefix).to.deep.equal({ by: 'prefix', ...quiet })
    expect(block).to.include({ by: 'block', active: true, alarms: 1, suspicious: 2 })
    expect(block?.lastAt).to.be.within(before, Date.now())
    expect((await read(figures, { pumpingSeconds: 0 })).pumping?.[1]).to.include({ active: false, alarms: 1 })
  })

  it('tell nothing of pumping where nobody looks for it, and of budgets what has refused', async () => {
    const figures = openFigures(defaults)
    figures.budgets.countRefusal('resend')
    const { pumping, refused, budgets, gateways } = await read(figures, { pumping: null })
    expect(pumping).to.equal(null)
    expect(refused).to.deep.equal({ resend: 1 })
    expect(budgets).to.deep.equal([{ name: 'smsPerMinute', limit: null, used: 0 }])
    expect(gateways.map(({ name, breaker }) => [name, breaker])).to.deep.equal([['console', 'closed']])
  })
})
