import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect } from 'chai'
import { checkGateway } from '../../../src/sms/check-gateway.ts'
import { reach } from '../../../src/sms/reach.ts'
import { tencentAccount } from '../../support/fake-tencent.ts'
import { FakeProvider } from '../../support/fake-provider.ts'
import { startFakeWebhook, webhookSettings } from '../../support/fake-webhook.ts'
import { smsSettings } from '../../support/sms-settings.ts'

/** A provider whose answer says that it is another time there. */
async function checkWithClock(offMs: number): Promise<string | undefined> {
  const body = { Response: { DescribeTemplateStatusSet: [{ StatusCode: 0 }] } }
  const fake = await FakeProvider.start(() => ({
    told: { status: 200, body, headers: { date: new Date(Date.now() + offMs).toUTCString() } },
  }))
  const settings = smsSettings({ tencent: { ...tencentAccount, baseUrl: fake.baseUrl } })
  const checks = await checkGateway('tencent', settings)
  await fake.refuse()
  const clock = checks.find(({ check }) => check === 'clock')
  expect(clock?.reason).to.match(/^this machine is \d+ s (?:behind|ahead of) the provider$/)
  return clock?.state
}

describe('checking a gateway', () => {
  it('finds a clock that is off by more than a minute', async () => {
    expect(await checkWithClock(0)).to.equal('ok')
    expect(await checkWithClock(-40_000)).to.equal('ok')
    expect(await checkWithClock(90_000)).to.equal('failed')
    expect(await checkWithClock(-3_600_000)).to.equal('failed')
  })

  it('stops at settings that can not be used, and shows no secret', async () => {
    const settings = smsSettings({})
    const [check, ...more] = await checkGateway('aliyun', settings)
    expect(more).to.deep.equal([])
    expect(check).to.include({ gateway: 'aliyun', check: 'settings', state: 'failed' })
    expect(check?.reason).to.equal('sms.aliyun.accessKeyId: expected 1 to 128 letters, digits, ., _ or -, came nothing')
  })

  it('asks nobody for the console, and a webhook nothing', async () => {
    const states = async (name: 'console' | 'webhook', settings = smsSettings({})): Promise<string[]> =>
      (await checkGateway(name, settings)).map(({ check, state }) => `${check} ${state}`)
    expect(await states('console')).to.deep.equal(['settings ok', 'host skipped'])
    const fake = await startFakeWebhook()
    const webhook = webhookSettings(fake)
    expect(await states('webhook', smsSettings({ webhook }))).to.deep.equal([
      'settings ok',
      'host ok',
      'account skipped',
    ])
    expect(fake.requests).to.deep.equal([])
    await fake.refuse()
  })
})

describe('reaching a host', () => {
  it('says what was in the way', async () => {
    const refused = await reach(new URL('http://127.0.0.1:1'), 1_000)
    expect(refused).to.deep.equal({ ok: false, reason: '127.0.0.1:1 can not be reached: ECONNREFUSED' })
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const late = await reach(new URL(`https://127.0.0.1:${port}`), 100)
    expect(late).to.deep.equal({
      ok: false,
      reason: `127.0.0.1:${port} can not be reached: connecting took more than 100 ms`,
    })
    const plain = await reach(new URL(`http://127.0.0.1:${port}`), 1_000)
    expect(plain).to.deep.equal({
      ok: true,
      reason: `127.0.0.1:${port} is 127.0.0.1, and takes TCP connections`,
    })
    silent.close()
  })
})
