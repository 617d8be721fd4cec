import { expect } from 'chai'
import type { Settings } from '../../../config/default.ts'
import { eventually } from '../../support/eventually.ts'
import { newMobile } from './app-fixtures.ts'
import { ask, openBudgetLab, refusalOf, type BudgetLab } from './budget-lab.ts'

const hour = 3_600
const day = 86_400

describe('SmsBudgets', () => {
  let lab: BudgetLab

  before(async () => {
    lab = await openBudgetLab()
  })
  after(() => lab.close())
  beforeEach(() => lab.redis.flushdb())

  describe('of a mobile', () => {
    it('is 5 an hour, and says to the second when there is room again', async () => {
      const shop = lab.open({ smsPerMobileHour: 5 })
      const mobile = newMobile()
      for (let sms = 0; sms < 5; sms++) expect(await ask(shop, mobile)).to.equal(null)
      expect(await ask(shop, mobile)).to.be.within(hour - 20, hour)
      expect(await ask(shop, newMobile())).to.equal(null)
      expect(shop.figures.now().refused).to.include({ smsPerMobile: 1, smsPerAddress: 0, smsTotal: 0 })

      await lab.age(`budget_sms_mobile_${mobile}`, (hour - 3) * 1000)
      const due = await lab.oldest(`budget_sms_mobile_${mobile}`, hour * 1000)
      const before = await lab.now()
      const told = await ask(shop, mobile)
      const after = await lab.now()
      expect(told).to.be.within(Math.ceil((due - after) / 1000), Math.ceil((due - before) / 1000))
      // Each try in vain costs nothing.
      await eventually(async () => expect(await ask(shop, mobile)).to.equal(null))
      expect(await lab.now()).to.be.at.least(due)
      expect(await lab.redis.zcard(`budget_sms_mobile_${mobile}`)).to.equal(5)
    })

    it('is any hour, not one of the clock: there is room for as many as have grown old', async () => {
      const shop = lab.open({ smsPerMobileHour: 3 })
      const mobile = newMobile()
      expect([await ask(shop, mobile), await ask(shop, mobile)]).to.deep.equal([null, null])
      await lab.age(`budget_sms_mobile_${mobile}`, (hour - 60) * 1000)
      expect(await ask(shop, mobile)).to.equal(null)
      expect(await ask(shop, mobile)).to.be.within(40, 60)
      await lab.age(`budget_sms_mobile_${mobile}`, 60_000)
      expect([await ask(shop, mobile), await ask(shop, mobile)]).to.deep.equal([null, null])
      expect(await ask(shop, mobile)).to.be.within(hour - 80, hour - 60)
    })

    it('is 10 a day, whatever there is in the hour', async () => {
      const shop = lab.open({ smsPerMobileHour: 5, smsPerMobileDay: 10 })
      const mobile = newMobile()
      for (let sms = 0; sms < 10; sms++) {
        if (sms === 5) await lab.age(`budget_sms_mobile_${mobile}`, hour * 1000)
        expect(await ask(shop, mobile)).to.equal(null)
      }
      await lab.age(`budget_sms_mobile_${mobile}`, hour * 1000)
      expect(await ask(shop, mobile)).to.be.within(day - 2 * hour - 20, day - 2 * hour)
      expect(await lab.redis.zcard(`budget_sms_mobile_${mobile}`)).to.equal(10)
    })

    it('may be the day alone', async () => {
      const shop = lab.open({ smsPerMobileDay: 1 })
      const mobile = newMobile()
      expect(await ask(shop, mobile)).to.equal(null)
      expect(await ask(shop, mobile)).to.be.within(day - 20, day)
    })

    it('has the flag beside it', async () => {
      const shop = lab.open({ smsPerMobileHour: 5 }, 60)
      const mobile = newMobile()
      expect(await ask(shop, mobile)).to.equal(null)
      expect(await ask(shop, mobile)).to.be.within(40, 60)
      expect(await lab.redis.ttl(`send_flag_${mobile}`)).to.be.within(40, 60)
      expect(shop.figures.now().refused).to.include({ resend: 1, smsPerMobile: 0 })
      await lab.redis.pexpire(`send_flag_${mobile}`, 1_500)
      expect(await ask(shop, mobile)).to.be.within(1, 2)
      await eventually(async () => expect(await ask(shop, mobile)).to.equal(null))
    })
  })

  describe('of an address', () => {
    it('is 10 an hour and 30 a day, whichever mobiles it asks for', async () => {
      const shop = lab.open({ smsPerAddressHour: 10, smsPerAddressDay: 30 })
      for (let sms = 0; sms < 30; sms++) {
        if (sms > 0 && sms % 10 === 0) {
          expect(await ask(shop, newMobile())).to.be.within(hour - 20, hour)
          await lab.age('budget_sms_address_192.0.2.1', hour * 1000)
        }
        expect(await ask(shop, newMobile())).to.equal(null)
      }
      await lab.age('budget_sms_address_192.0.2.1', hour * 1000)
      expect(await ask(shop, newMobile())).to.be.within(day - 3 * hour - 20, day - 3 * hour)
      expect(await ask(shop, newMobile(), '192.0.2.2')).to.equal(null)
      expect(shop.figures.now().refused.smsPerAddress).to.equal(3)
    })

    it('is one for each IPv6 /64', async () => {
      const shop = lab.open({ smsPerAddressHour: 2 })
      const [one, two] = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff']
      expect([await ask(shop, newMobile(), one), await ask(shop, newMobile(), two)]).to.deep.equal([null, null])
      expect(await ask(shop, newMobile(), '2001:db8:1:2:3::')).to.be.within(hour - 20, hour)
      expect(await ask(shop, newMobile(), '2001:db8:1:3::1')).to.equal(null)
    })
  })

  describe('of all together', () => {
    it('is 30 a minute, and warns once a minute that it is spent', async () => {
      const shop = lab.open({ smsPerMinute: 30 })
      for (let sms = 0; sms < 30; sms++) expect(await ask(shop, newMobile(), `192.0.2.${sms}`)).to.equal(null)
      expect(shop.log.lines).to.deep.equal([])
      for (let sms = 0; sms < 3; sms++) expect(await ask(shop, newMobile(), `192.0.2.${sms}`)).to.be.within(40, 60)
      expect(shop.log.lines).to.have.length(1)
      expect(shop.log.lines[0]).to.deep.include({
        level: 'warn',
        fields: { setting: 'budgets.smsPerMinute', refused: 1 },
      })
      expect(shop.figures.now().refused.smsTotal).to.equal(3)
      await lab.age('budget_sms_total', 60_000)
      expect(await ask(shop, newMobile())).to.equal(null)
    })
  })

  it('spends nothing when one of them refuses, and names the longest wait', async () => {
    const all = { smsPerMobileHour: 1, smsPerAddressDay: 2, smsPerMinute: 100, pumping: 'record' as const }
    const shop = lab.open(all, 60)
    const [mobile, address] = [newMobile(), '198.51.100.1']
    expect(await ask(shop, mobile, address)).to.equal(null)
    const before = await lab.redis.zcard('budget_sms_total')
    // The flag for a minute, the mobile's budget for an hour.
    expect(await ask(shop, mobile, address)).to.be.within(hour - 20, hour)
    expect(shop.figures.now().refused).to.include({ resend: 1, smsPerMobile: 1, smsPerAddress: 0 })
    expect(await lab.redis.zcard(`budget_sms_address_${address}`)).to.equal(1)
    expect(await lab.redis.zcard('budget_sms_total')).to.equal(before)
    expect(await lab.redis.llen(`pumping_unused_${mobile}`)).to.equal(1)
    expect(await lab.redis.zcard('pumping_codes_198.51.100.0/24')).to.equal(1)
    // The address's is not spent, so another mobile passes; then it is, for a day.
    const [second, third] = [newMobile(), newMobile()]
    expect(await ask(shop, second, address)).to.equal(null)
    expect(await ask(shop, third, address)).to.be.within(day - 20, day)
    expect(await lab.redis.exists(`send_flag_${third}`, `budget_sms_mobile_${third}`)).to.equal(0)
  })

  it('lets exactly as many of 1,000 parallel requests pass as there is room for', async () => {
    const clients = Array.from({ length: 4 }, () => lab.redis.duplicate())
    const askAll = async (limits: Partial<Settings['budgets']>, mobileOf: () => string): Promise<number> => {
      await lab.redis.flushdb()
      const processes = clients.map((client) => lab.open(limits, null, client))
      const answers = await Promise.all(
        Array.from({ length: 250 }, () => processes.map((shop) => ask(shop, mobileOf()))).flat(),
      )
      return answers.filter((answer) => answer === null).length
    }
    try {
      expect(await askAll({ smsPerMinute: 30 }, newMobile)).to.equal(30)
      expect(await askAll({ smsPerAddressHour: 10, smsPerMinute: 30 }, newMobile)).to.equal(10)
      const many = { smsPerAddressHour: 300, smsPerAddressDay: 290, smsPerMinute: 500 }
      expect(await askAll(many, newMobile)).to.equal(290)
      const mobile = newMobile()
      expect(await askAll({ smsPerMobileHour: 5, smsPerAddressHour: 10 }, () => mobile)).to.equal(5)
      expect(await lab.redis.zcard('budget_sms_address_192.0.2.1')).to.equal(5)
    } finally {
      for (const client of clients) client.disconnect()
    }
  })

  it('gives everything back, may do so twice, and leaves what others have spent', async () => {
    const limits = { smsPerMobileHour: 5, smsPerAddressHour: 10, smsPerMinute: 30, pumping: 'deny' as const }
    const shop = lab.open(limits, 60)
    const { budgets } = shop
    const address = '2001:db8:7:8::9'
    const other = budgets.costOf(newMobile(), address)
    await budgets.spend(other)
    const before = await lab.redis.keys('*')

    const cost = budgets.costOf(newMobile(), address)
    await budgets.giveBack(cost)
    await budgets.spend(cost)
    expect(await lab.redis.zcard('budget_sms_address_2001:db8:7:8::/64')).to.equal(2)
    for (let times = 0; times < 2; times++) await budgets.giveBack(cost)
    expect(await lab.redis.keys('*')).to.have.members(before)
    for (const key of ['budget_sms_address_2001:db8:7:8::/64', 'budget_sms_total', 'pumping_codes_2001:db8:7::/48']) {
      expect(await lab.redis.zrange(key, '0', '-1'), key).to.deep.equal([other.token])
    }
    // Another one of the same mobile stays: its flag, too.
    const again = budgets.costOf(cost.mobile, address)
    expect(await refusalOf(budgets.spend(again))).to.equal(null)
    await budgets.giveBack(cost)
    expect(await lab.redis.get(`send_flag_${cost.mobile}`)).to.equal(again.token)
    expect(await lab.redis.zrange(`budget_sms_mobile_${cost.mobile}`, '0', '-1')).to.deep.equal([again.token])
  })

  it('keeps nothing for longer than it counts, and no more than there may be', async () => {
    const limits = { smsPerMobileHour: 5, smsPerAddressDay: 30, smsPerMinute: 30, pumping: 'record' as const }
    const shop = lab.open(limits, 60)
    const mobile = newMobile()
    await ask(shop, mobile)
    const lives = await lab.lives()
    const expected = {
      [`send_flag_${mobile}`]: 60,
      [`budget_sms_mobile_${mobile}`]: hour,
      'budget_sms_address_192.0.2.1': day,
      budget_sms_total: 60,
      [`pumping_unused_${mobile}`]: 300,
      [`pumping_codes_${mobile.slice(0, 7)}`]: hour,
      'pumping_codes_192.0.2.0/24': hour,
    }
    expect(lives).to.have.all.keys(expected)
    for (const [key, seconds] of Object.entries(expected)) {
      expect(lives[key], key).to.be.within((seconds - 20) * 1000, seconds * 1000)
    }
  })

  it('bounds nothing and keeps nothing where all are off', async () => {
    const shop = lab.open({})
    const mobile = newMobile()
    for (let sms = 0; sms < 60; sms++) expect(await ask(shop, mobile)).to.equal(null)
    expect(await lab.redis.dbsize()).to.equal(0)
  })

  it('goes on after Redis has forgotten the scripts', async () => {
    const shop = lab.open({ smsPerMobileHour: 1 })
    const mobile = newMobile()
    const cost = shop.budgets.costOf(mobile, '192.0.2.1')
    await shop.budgets.spend(cost)
    await lab.redis.script('FLUSH')
    expect(await ask(shop, mobile)).to.be.within(hour - 20, hour)
    await lab.redis.script('FLUSH')
    await shop.budgets.giveBack(cost)
    expect(await ask(shop, mobile)).to.equal(null)
  })
})
