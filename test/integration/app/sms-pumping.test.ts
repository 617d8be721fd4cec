import { expect } from 'chai'
import { UsedCodes } from '../../../src/app/budgets/used-codes.ts'
import { silent } from './app-fixtures.ts'
import { ask, openBudgetLab, type BudgetLab, type Budgets } from './budget-lab.ts'

const hour = 3_600

describe('the guard against SMS pumping', () => {
  let lab: BudgetLab
  let used: UsedCodes

  before(async () => {
    lab = await openBudgetLab()
    used = new UsedCodes(lab.redis, silent)
  })
  after(() => lab.close())
  beforeEach(() => lab.redis.flushdb())

  /** The mobile of a prefix with an index. */
  const mobileOf = (prefix: string, index: number): string => prefix + String(index).padStart(4, '0')
  /** Addresses no two of which are in one block. */
  const addressOf = (index: number): string => `10.${Math.floor(index / 250)}.${index % 250}.1`

  /** Sends codes to neighbours, of which so many are used. */
  async function send(shop: Budgets, prefix: string, count: number, usedCount = 0, from = 0): Promise<void> {
    for (let index = from; index < from + count; index++) {
      expect(await ask(shop, mobileOf(prefix, index), addressOf(index))).to.equal(null)
      if (index < from + usedCount) await used.note(mobileOf(prefix, index))
    }
  }

  const alarms = ({ log }: Budgets) => log.lines.filter(({ level }) => level === 'error')

  describe('that records', () => {
    it('alarms once when more than 80 % of the last 50 were not used, counts, and lets all pass', async () => {
      const shop = lab.open({ pumping: 'record' })
      await send(shop, '1380013', 50, 9)
      expect(alarms(shop)).to.deep.equal([])
      await send(shop, '1380013', 3, 0, 50)
      expect(alarms(shop)).to.have.length(1)
      expect(alarms(shop)[0]?.fields).to.deep.equal({ setting: 'budgets.pumping', prefix: '138****' })
      expect(shop.log.text()).not.to.include('0013')
      // Whoever may read the codes' Redis finds the seven digits there.
      expect(await lab.redis.keys('pumping_alarm_*')).to.deep.equal(['pumping_alarm_1380013'])
      expect(shop.figures.now().suspicious).to.deep.equal({ prefix: 3, block: 0 })
      expect(shop.figures.now().alarms).to.deep.equal({ prefix: 1, block: 0 })
      expect(shop.figures.now().refused).to.include({ pumpingPrefix: 0 })
      // Of two processes one alarms.
      const other = lab.open({ pumping: 'record' })
      await send(other, '1380013', 1, 0, 60)
      expect(other.figures.now()).to.deep.include({
        suspicious: { prefix: 1, block: 0 },
        alarms: { prefix: 0, block: 0 },
      })
    })

    it('does not mind 80 % exactly, nor fewer than 50 codes, nor another prefix', async () => {
      const shop = lab.open({ pumping: 'record' })
      await send(shop, '1380014', 55, 15)
      await send(shop, '1380015', 50, 0)
      await send(shop, '1380016', 40, 0)
      expect(alarms(shop)).to.deep.equal([])
      expect(shop.figures.now().suspicious).to.deep.equal({ prefix: 0, block: 0 })
    })

    it('looks at the last 50 alone, and keeps no more', async () => {
      const shop = lab.open({ pumping: 'record' })
      await send(shop, '1380017', 50, 50)
      await send(shop, '1380017', 40, 0, 50)
      expect(shop.figures.now().suspicious.prefix).to.equal(0)
      await send(shop, '1380017', 2, 0, 90)
      expect(shop.figures.now().suspicious.prefix).to.equal(1)
      expect(await lab.redis.zcard('pumping_codes_1380017')).to.equal(50)
    })

    for (const [what, inside, block] of [
      ['an IPv4 /24', (index: number) => `192.0.2.${index}`, '192.0.2.0/24'],
      ['an IPv6 /48', (index: number) => `2001:db8:5:${index}::1`, '2001:db8:5::/48'],
    ] as const) {
      it(`looks at addresses of ${what} in the same way`, async () => {
        const shop = lab.open({ pumping: 'record' })
        for (let index = 0; index < 51; index++) {
          expect(await ask(shop, mobileOf(`13900${String(index).padStart(2, '0')}`, index), inside(index))).to.equal(
            null,
          )
        }
        expect(alarms(shop).map(({ fields }) => fields)).to.deep.equal([{ setting: 'budgets.pumping', block }])
        expect(shop.figures.now().suspicious).to.deep.equal({ prefix: 0, block: 1 })
      })
    }
  })

  describe('that denies', () => {
    it('refuses that prefix alone, and says when its codes are old enough', async () => {
      const shop = lab.open({ pumping: 'deny', smsPerMinute: 1_000 })
      await send(shop, '1380020', 50)
      const total = await lab.redis.zcard('budget_sms_total')
      const refused = await ask(shop, mobileOf('1380020', 50), addressOf(50))
      expect(refused).to.be.within(hour - 20, hour)
      expect(await lab.redis.zcard('budget_sms_total')).to.equal(total)
      expect(shop.figures.now().refused).to.include({ pumpingPrefix: 1, pumpingBlock: 0, smsTotal: 0 })
      await send(shop, '1380021', 1, 0, 50)

      await lab.age('pumping_codes_1380020', (hour - 60) * 1000)
      expect(await ask(shop, mobileOf('1380020', 50), addressOf(50))).to.be.within(40, 60)
      await lab.age('pumping_codes_1380020', 60_000)
      await send(shop, '1380020', 1, 0, 51)
    })

    it('refuses an address block', async () => {
      const shop = lab.open({ pumping: 'deny' })
      for (let index = 0; index < 50; index++) await ask(shop, mobileOf(`13901${String(index).padStart(2, '0')}`, 1))
      expect(await ask(shop, '13999990000', '192.0.2.200')).to.be.within(hour - 20, hour)
      expect(await ask(shop, '13999990000', '192.0.3.1')).to.equal(null)
      expect(shop.figures.now().refused).to.include({ pumpingPrefix: 0, pumpingBlock: 1 })
    })

    it('stops refusing as soon as enough of them are used', async () => {
      const shop = lab.open({ pumping: 'deny' })
      await send(shop, '1380022', 50, 9)
      expect(await ask(shop, mobileOf('1380022', 50), addressOf(50))).to.be.within(hour - 20, hour)
      await used.note(mobileOf('1380022', 30))
      await send(shop, '1380022', 1, 0, 50)
    })

    it('lets exactly 50 of 1,000 parallel requests pass', async () => {
      const shop = lab.open({ pumping: 'deny' })
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => ask(shop, mobileOf('1380023', index), addressOf(index))),
      )
      expect(answers.filter((answer) => answer === null)).to.have.length(50)
    })
  })

  it('counts all codes of a mobile as used that could be when one was', async () => {
    const shop = lab.open({ pumping: 'record' })
    const mobile = mobileOf('1380030', 1)
    for (const address of ['192.0.2.1', '198.51.100.1', '2001:db8::1']) await ask(shop, mobile, address)
    await used.note(mobile)
    await ask(shop, mobile, '192.0.2.9')
    const marked = async (place: string): Promise<number> =>
      (await lab.redis.zrange(`pumping_codes_${place}`, '0', '-1')).filter((code) => code.startsWith('used ')).length
    expect(await marked('1380030')).to.equal(3)
    expect(await lab.redis.zcard('pumping_codes_1380030')).to.equal(4)
    expect([
      await marked('192.0.2.0/24'),
      await marked('198.51.100.0/24'),
      await marked('2001:db8::/48'),
    ]).to.deep.equal([1, 1, 1])
    expect(await lab.redis.llen(`pumping_unused_${mobile}`)).to.equal(1)
  })

  it('keeps a bounded list of a mobile whose codes nobody uses', async () => {
    const shop = lab.open({ pumping: 'record' })
    const mobile = mobileOf('1380031', 1)
    for (let sms = 0; sms < 15; sms++) await ask(shop, mobile)
    expect(await lab.redis.llen(`pumping_unused_${mobile}`)).to.equal(10)
  })

  it('takes other numbers', async () => {
    const shop = lab.open({ pumping: 'deny', pumpingCodes: 10, pumpingUnusedPercent: 50, pumpingSeconds: 60 })
    await send(shop, '1380032', 10, 4)
    expect(await ask(shop, mobileOf('1380032', 10), addressOf(10))).to.be.within(40, 60)
    await used.note(mobileOf('1380032', 9))
    expect(await ask(shop, mobileOf('1380032', 10), addressOf(10))).to.equal(null)
  })

  it('looks at nothing where it is off', async () => {
    const shop = lab.open({ pumping: null })
    await send(shop, '1380033', 60)
    await used.note(mobileOf('1380033', 1))
    expect(shop.figures.now().suspicious).to.deep.equal({ prefix: 0, block: 0 })
    expect(await lab.redis.dbsize()).to.equal(0)
  })
})
