import { expect } from 'chai'
import { createBrowser, type Answer, type Browser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun } from '../support/fake-yuntongxun.ts'
import { startService, type Service } from '../support/service.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { askForCode, databases, expectError, expectOk, newMobile } from './journey.ts'
import { expectMessages } from './queue.ts'

/** How long the service says to stay away, checked to be whole seconds. */
function retryAfter(answer: Answer): number {
  const seconds = answer.headers.get('retry-after') ?? ''
  expect(seconds).to.match(/^[1-9]\d*$/)
  return Number(seconds)
}

describe('a queue that takes no more', function () {
  this.timeout(60_000)
  let fake: FakeYuntongxun
  let service: Service
  let browser: Browser

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(async () => {
    await service?.stop()
    await fake.refuse()
  })

  async function start(env: Record<string, string>): Promise<() => Promise<Answer>> {
    service = await startService({ args: ['-c', '1'], env: { ...gatewayEnvironment(fake), ...env } })
    browser = createBrowser(service.url)
    const codes = service.redis(databases.codes)
    return () => askForCode(codes, browser, newMobile())
  }

  it('because it is too long: 503 with the time to come back, and it goes on by itself', async () => {
    fake.behaviour = { kind: 'hang' }
    const ask = await start({ QUEUE_MAX_LENGTH: '2' })
    expectOk(await ask())
    await eventually(() => expect(fake.hanging).to.have.length(1))
    for (let waiting = 0; waiting < 2; waiting += 1) expectOk(await ask())
    const refused = await ask()
    expectError(refused, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
    // Nothing has been worked off yet, so nobody can tell: a minute.
    expect(retryAfter(refused)).to.equal(60)

    fake.behaviour = { kind: 'ok' }
    for (const request of fake.hanging.splice(0)) request.answer()
    await expectMessages(service.redis(databases.broker), { waiting: 0, claimed: 0 })
    expectOk(await ask())
    await eventually(() => expect(fake.sent).to.have.length(4))
  })

  it('because its oldest message is too old: the same', async () => {
    fake.behaviour = { kind: 'hang' }
    const ask = await start({ QUEUE_MAX_AGE_SECONDS: '1' })
    for (let count = 0; count < 2; count += 1) expectOk(await ask())
    const refused = await eventually(async () => {
      const answer = await ask()
      expect(answer.status).to.equal(503)
      return answer
    })
    expect(retryAfter(refused)).to.be.at.least(1)

    fake.behaviour = { kind: 'ok' }
    for (const request of fake.hanging.splice(0)) request.answer()
    await eventually(async () => expectOk(await ask()))
  })
})
