import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { askForCode, databases, expectOk, newMobile } from '../../e2e/journey.ts'
import { resultOf } from '../../e2e/queue.ts'
import { createBrowser } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import type { FakeProvider } from '../../support/fake-provider.ts'
import { startFakeWebhook, webhookSecret } from '../../support/fake-webhook.ts'
import { findings } from '../axe.ts'
import { useBoard } from './board.ts'

const FAILURES = 3
const PUMPING_CODES = 8
// Far more than these tests send, however long the gateway takes to be tried again.
const CODES_PER_MINUTE = 500

describe('gateways and budgets on the overview', function () {
  this.timeout(60_000)
  let webhook: FakeProvider
  const env: Record<string, string> = {
    SMS_GATEWAY: 'webhook,console',
    SMS_WEBHOOK_SECRETS: webhookSecret,
    SMS_WEBHOOK_TEXT: '{code} ({minutes})',
    SMS_BREAKER_FAILURES: String(FAILURES),
    SMS_BREAKER_OPEN_MS: '3000',
    SMS_PUMPING_CODES: String(PUMPING_CODES),
    BUDGET_SMS_PER_ADDRESS_HOUR: 'none',
    BUDGET_SMS_PER_ADDRESS_DAY: 'none',
    BUDGET_SMS_PER_MINUTE: String(CODES_PER_MINUTE),
  }
  before(async () => {
    webhook = await startFakeWebhook()
    env['SMS_WEBHOOK_URL'] = `${webhook.baseUrl}/sms`
  })
  const board = useBoard({ env })
  after(() => webhook.refuse())

  /** Asks for codes that nobody uses, of numbers with one prefix, and waits until each was sent. */
  async function send(count: number): Promise<void> {
    const codes = board.service.redis(databases.codes)
    for (let index = 0; index < count; index += 1) {
      const asked = expectOk(await askForCode(codes, createBrowser(board.service.url), newMobile()))
      expect(await resultOf(board.broker, String(asked['task_id']))).to.include({ status: 'SUCCESS' })
    }
  }

  function row(page: Page, panel: string, name: string) {
    return page.getByRole('region', { name: panel }).getByRole('row').filter({ hasText: name })
  }

  it('show a gateway that fails until its breaker opens, as an alarm, and that it works again', async () => {
    const page = await board.open('', { locale: 'en-US' })
    const gateway = row(page, 'SMS gateways', 'webhook')
    await gateway.getByText('Well').waitFor()
    expect(await page.getByRole('alert', { name: 'Alarms' }).count()).to.equal(0)
    await webhook.refuse()
    await send(FAILURES)
    await gateway.getByText('Passed over').waitFor()
    const alarm = page.getByRole('alert', { name: 'Alarms' }).getByText('SMS gateway webhook is passed over: it fails')
    await alarm.waitFor()
    await eventually(async () => {
      const cells = await gateway.locator('td').allInnerTexts()
      // Attempts, accepted, failed; and the last error with its time.
      expect(cells.slice(1, 4)).to.deep.equal([String(FAILURES), '0', String(FAILURES)])
      expect(cells[6]).to.match(/^\d\d:\d\d:\d\d transient$/)
    })
    expect(await findings(page)).to.deep.equal([])
    await webhook.listen()
    await eventually(
      async () => {
        await send(1)
        expect(await gateway.innerText()).to.include('Well')
      },
      { what: 'the gateway to work again', timeoutMs: 20_000, everyMs: 500 },
    )
    await alarm.waitFor({ state: 'detached' })
  })

  it('show what is left of the budget, and what was refused', async () => {
    const page = await board.open('', { locale: 'en-US' })
    const mobile = newMobile()
    const codes = board.service.redis(databases.codes)
    expectOk(await askForCode(codes, createBrowser(board.service.url), mobile))
    expect((await askForCode(codes, createBrowser(board.service.url), mobile)).status).to.equal(429)
    await eventually(async () => {
      const [used, limit] = await row(page, 'SMS budgets', 'SMS a minute').locator('td').allInnerTexts()
      expect(Number(used)).to.be.within(1, CODES_PER_MINUTE)
      expect(limit).to.equal(String(CODES_PER_MINUTE))
    })
    await eventually(async () => {
      expect(await row(page, 'Refused by budgets', 'resend').locator('td').innerText()).to.equal('1')
    })
  })

  it('show codes that nobody uses, of numbers with one prefix, as an alarm', async () => {
    // One more than are looked at, whatever the tests before have sent.
    await send(PUMPING_CODES + 1)
    const page = await board.open('', { locale: 'en-US' })
    const { width } = page.viewportSize() ?? { width: 0 }
    const alarm = page.getByRole('alert', { name: 'Alarms' })
    await alarm.getByText('SMS pumping? Codes for numbers with one prefix are hardly ever used').waitFor()
    const cells = await row(page, 'SMS pumping', 'Numbers with one prefix').locator('td').allInnerTexts()
    expect(cells.slice(0, 2)).to.deep.equal(['Suspicious', '1'])
    expect(Number(cells[2])).to.be.at.least(1)
    expect(cells[3]).to.match(/^\d\d:\d\d:\d\d$/)
    expect(await findings(page)).to.deep.equal([])
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('alert', { name: '告警' }).getByText('疑似短信盗刷：同一号段的验证码几乎无人使用').waitFor()
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await page.evaluate<number>('document.documentElement.scrollWidth'))
      .to.equal(320)
      .and.be.lessThan(width)
  })
})
