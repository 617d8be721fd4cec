import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { aliyunAccount, aliyunAnswer, startFakeAliyun } from '../support/fake-aliyun.ts'
import type { FakeProvider } from '../support/fake-provider.ts'
import { startFakeTencent, tencentAccount } from '../support/fake-tencent.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile } from './journey.ts'
import { expectMessages, resultOf } from './queue.ts'
import { aliyunEnvironment, gatewayEnvironment, tencentEnvironment } from './gateway-environment.ts'

describe('two SMS providers', function () {
  this.timeout(60_000)
  let first: FakeProvider
  let second: FakeProvider
  let service: Service
  let codes: Redis
  let broker: Redis
  let browser: Browser

  before(async () => {
    first = await startFakeAliyun()
    second = await startFakeTencent()
    const env = {
      SMS_GATEWAY: 'aliyun,tencent',
      SMS_TIMEOUT_MS: '1000',
      SMS_CONNECT_TIMEOUT_MS: '1000',
      SMS_BREAKER_FAILURES: '2',
      SMS_BREAKER_OPEN_MS: '200',
      ...aliyunEnvironment(first),
      ...tencentEnvironment(second),
    }
    service = await startService({ args: ['-c', '2'], env })
    codes = service.redis(databases.codes)
    broker = service.redis(databases.broker)
    browser = createBrowser(service.url)
  })
  after(async () => {
    await service?.stop()
    await Promise.all([first.refuse(), second.refuse()])
  })
  afterEach(async () => {
    expect([first.faults, second.faults]).to.deep.equal([[], []])
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    for (const fake of [first, second]) {
      fake.move = 'ok'
      fake.sent.length = 0
      fake.requests.length = 0
    }
  })

  async function ask(mobile: string): ReturnType<typeof resultOf> {
    return resultOf(broker, String(expectOk(await askForCode(codes, browser, mobile))['task_id']))
  }

  it('send through the first', async () => {
    const mobile = newMobile()
    expect(await ask(mobile)).to.include({ status: 'SUCCESS', result: 0 })
    expect(first.sent.map(({ to }) => to)).to.deep.equal([mobile])
    expect(second.requests).to.deep.equal([])
  })

  it('send nothing twice when the first does not answer: nobody knows what became of it', async () => {
    first.move = 'hang'
    const result = await ask(newMobile())
    expect(result).to.have.nested.include({ status: 'FAILURE', 'result.exc_type': 'UNCERTAIN' })
    expect([first.requests.length, second.requests.length]).to.deep.equal([1, 0])
    for (const response of first.hanging.splice(0)) response.destroy()
  })

  it('send through the second where the first refuses, and through the first again when it works', async () => {
    await first.refuse()
    const mobiles = [newMobile(), newMobile(), newMobile()]
    for (const mobile of mobiles) expect(await ask(mobile)).to.include({ status: 'SUCCESS' })
    expect(second.sent.map(({ to }) => to)).to.deep.equal(mobiles.map((mobile) => `+86${mobile}`))
    const opened = await service.waitForOutput(/\{.*"SMS gateway fails: it is passed over"\}/)
    const { smsGateway } = JSON.parse(opened[0]) as { smsGateway: object }
    expect(smsGateway).to.include({ gateway: 'aliyun', breaker: 'open', lastError: 'transient' })
    await first.listen()
    await eventually(
      async () => {
        expect(await ask(newMobile())).to.include({ status: 'SUCCESS' })
        expect(first.sent).not.to.deep.equal([])
      },
      { what: 'the first gateway gets messages again', timeoutMs: 20_000 },
    )
    await service.waitForOutput(/"gateway":"aliyun".*"SMS gateway works again"/)
  })

  it('send through the second what the first can not send for want of money', async () => {
    first.move = aliyunAnswer('isv.AMOUNT_NOT_ENOUGH')
    const mobile = newMobile()
    expect(await ask(mobile)).to.include({ status: 'SUCCESS' })
    expect([first.requests.length, second.sent.length]).to.deep.equal([1, 1])
  })

  it('leave a number that gets no messages alone', async () => {
    first.move = aliyunAnswer('isv.MOBILE_NUMBER_ILLEGAL')
    expect(await ask(newMobile())).to.have.nested.include({ 'result.exc_type': 'SmsRejected' })
    expect(second.requests).to.deep.equal([])
  })

  it('leave neither secrets nor codes nor numbers in the log', () => {
    const output = service.output()
    for (const secret of [aliyunAccount.accessKeySecret, tencentAccount.secretKey])
      expect(output).not.to.contain(secret)
    expect(service.printed.stderr.replaceAll(/"(?:requestId|id|time)":"[^"]*"/g, '')).not.to.match(/1[3-9]\d{9}/)
  })
})

describe('an SMS provider that may have sent a message', function () {
  this.timeout(60_000)

  it('is asked again in the next run, too, and no other is: nobody gets a second SMS', async () => {
    const first = await FakeYuntongxun.start()
    const second = await startFakeTencent()
    // Three tries of the first run; in the second it is the next gateway's turn, but for what this one may have sent.
    for (let time = 0; time < 3; time += 1) first.next.push({ kind: 'half' })
    const env = { ...gatewayEnvironment(first), ...tencentEnvironment(second), SMS_BREAKER_FAILURES: '1' }
    const service = await startService({ args: ['-c', '2'], env: { ...env, SMS_GATEWAY: 'yuntongxun,tencent' } })
    try {
      const [codes, broker] = [service.redis(databases.codes), service.redis(databases.broker)]
      const { task_id: id } = expectOk(await askForCode(codes, createBrowser(service.url), newMobile()))
      expect(await resultOf(broker, String(id), 30_000)).to.include({ status: 'SUCCESS', result: 0 })
      expect([first.requests, first.sent.length, first.repeated]).to.deep.equal([4, 1, 3])
      expect(second.requests).to.deep.equal([])
      await service.waitForOutput(/task failed: it will be run again/)
    } finally {
      await service.stop()
      await Promise.all([first.refuse(), second.refuse()])
    }
  })
})
