import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser, type Answer, type Browser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FakeYuntongxun, type FakeBehaviour } from '../support/fake-yuntongxun.ts'
import { startService, type Service } from '../support/service.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { askForCode, databases, expectOk, newMobile, readCaptcha, registrationOf } from './journey.ts'
import { deadLetters, expectMessages, resultOf } from './queue.ts'

const slots = 2
/** How long a request to the gateway may take, in milliseconds: less than the task's soft limit, 20 s. */
const gatewayMs = 15_000
/** How long a request may take at most while the gateway hangs, in milliseconds: one that waited for it would take five times as long. */
const promptMs = 3_000

describe('the SMS provider', function () {
  this.timeout(60_000)
  let fake: FakeYuntongxun
  let service: Service
  let codes: Redis
  let broker: Redis
  let browser: Browser

  before(async () => {
    fake = await FakeYuntongxun.start()
    const env = { ...gatewayEnvironment(fake), SMS_TIMEOUT_MS: String(gatewayMs) }
    service = await startService({ args: ['-c', String(slots)], env })
    codes = service.redis(databases.codes)
    broker = service.redis(databases.broker)
    browser = createBrowser(service.url)
  })
  after(async () => {
    await service?.stop()
    await fake.refuse()
  })
  afterEach(async () => {
    fake.behaviour = { kind: 'ok' }
    fake.next.length = 0
    // Where a test has failed half way, its messages are not to reach the gateway in the next one.
    for (const held of fake.hanging.splice(0)) held.answer()
    await eventually(async () => expect(await broker.zcard('lovage:eta:celery')).to.equal(0), { timeoutMs: 20_000 })
    await expectMessages(broker, { waiting: 0, claimed: 0 }, 20_000)
    expect(fake.faults.splice(0)).to.deep.equal([])
  })

  /** @returns the id of the task that sends the code */
  async function ask(mobile: string): Promise<string> {
    return String(expectOk(await askForCode(codes, browser, mobile))['task_id'])
  }

  /** What the page is told of a message. */
  async function statusOf(id: string): Promise<unknown> {
    return expectOk(await browser.get(`/sms_codes/status/${id}`))['status']
  }

  const sentTo = (mobile: string) => fake.sent.filter(({ to }) => to === mobile)

  it('gets a signed request with the code, under an id that comes from the task', async () => {
    const form = registrationOf()
    const id = await ask(form.mobile)
    expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: 0 })
    expect(await statusOf(id)).to.equal('sent')
    const [sms, ...more] = sentTo(form.mobile)
    expect(more).to.deep.equal([])
    expect(sms?.reqId).to.equal(id.replaceAll('-', ''))
    const [code = '', minutes] = sms?.datas ?? []
    expect(minutes).to.equal('5')
    expectOk(await browser.post('/register', { ...form, sms_code: code }))
  })

  it('that hangs in every slot makes no request slow', async () => {
    const captchas = []
    for (let index = 0; index < 50; index += 1) captchas.push(await readCaptcha(codes, browser))
    const sentBefore = fake.sent.length
    fake.behaviour = { kind: 'hang' }
    const hanging: string[] = []
    for (let index = 0; index < slots; index += 1) hanging.push(await ask(newMobile()))
    await eventually(() => expect(fake.hanging).to.have.length(slots))

    for (const [index, { id, text }] of captchas.entries()) {
      const form = { mobile: newMobile(), image_code: text, image_code_id: id }
      expectOk(await promptly(() => browser.post('/sms_codes', form)))
      if (index % 10 === 0) expect((await promptly(() => browser.get('/readyz'))).status).to.equal(200)
    }
    expect(fake.hanging).to.have.length(slots)
    expect(fake.connections).to.equal(slots)
    await expectMessages(broker, { waiting: captchas.length, claimed: slots })

    fake.behaviour = { kind: 'ok' }
    for (const held of fake.hanging.splice(0)) held.answer()
    await fake.waitFor('sent', sentBefore + captchas.length + slots)
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    for (const id of hanging) expect(await statusOf(id)).to.equal('sent')
  })

  async function promptly(request: () => Promise<Answer>): Promise<Answer> {
    const began = performance.now()
    const answer = await request()
    expect(performance.now() - began).to.be.below(promptMs)
    return answer
  }

  it('that fails twice gets a third request, and sends one SMS', async () => {
    fake.next.push({ kind: 'http', status: 500 }, { kind: 'reset' })
    const before = fake.requests
    const mobile = newMobile()
    expect(await resultOf(broker, await ask(mobile))).to.include({ status: 'SUCCESS', result: 0 })
    expect(fake.requests - before).to.equal(3)
    expect(sentTo(mobile)).to.have.length(1)
  })

  it('whose answer was lost is asked again under the same id, and sends no second SMS', async () => {
    fake.next.push({ kind: 'half' })
    const repeated = fake.repeated
    const mobile = newMobile()
    expect(await resultOf(broker, await ask(mobile))).to.include({ status: 'SUCCESS', result: 0 })
    expect(fake.repeated - repeated).to.equal(1)
    expect(sentTo(mobile)).to.have.length(1)
  })

  interface Refusal {
    what: string
    behaviour: FakeBehaviour
    exception: string
    requests: number
    deadLetter: boolean
  }

  const code = (statusCode: string): FakeBehaviour => ({ kind: 'code', statusCode, statusMsg: '不行' })
  const refusals: Refusal[] = [
    {
      what: 'throttles the mobile',
      behaviour: code('160040'),
      exception: 'SmsRejected',
      requests: 1,
      deadLetter: false,
    },
    {
      what: 'knows no such mobile',
      behaviour: code('160042'),
      exception: 'SmsRejected',
      requests: 1,
      deadLetter: false,
    },
    {
      what: 'does not take our account',
      behaviour: code('111141'),
      exception: 'SmsRejected',
      requests: 1,
      deadLetter: true,
    },
    {
      what: 'is busy all the time',
      behaviour: code('160050'),
      exception: 'TransientError',
      // Three tries in each of four runs.
      requests: 12,
      deadLetter: true,
    },
  ]
  for (const { what, behaviour, exception, requests, deadLetter } of refusals) {
    const kept = deadLetter ? 'a dead letter' : 'no dead letter'
    it(`that ${what}: FAILURE ${exception} after ${requests} requests, ${kept}`, async () => {
      fake.behaviour = behaviour
      const before = fake.requests
      const letters = await deadLetters(broker)
      const mobile = newMobile()
      const id = await ask(mobile)
      const { status, result } = await resultOf(broker, id, 30_000)
      expect(status).to.equal('FAILURE')
      expect(result).to.have.property('exc_type', exception)
      expect(fake.requests - before).to.equal(requests)
      expect(sentTo(mobile)).to.deep.equal([])
      expect(await statusOf(id)).to.equal('failed')

      const added = (await deadLetters(broker)).slice(letters.length)
      expect(added).to.have.length(deadLetter ? 1 : 0)
      for (const { raw, life, note } of added) {
        expect(JSON.parse(raw)).to.have.nested.property('headers.id', id)
        // No longer than the code in it is valid.
        expect(life).to.be.within(1, 300_000)
        expect(note).to.include({ id, task: 'ccp_send_sms_code' })
        expect(note['reason']).to.be.a('string').and.include(exception).and.not.include(mobile)
      }
      await expectMessages(broker, { waiting: 0, claimed: 0 })
    })
  }

  it('leaves neither codes nor mobiles nor the token in the log', () => {
    const log = service.printed.stderr.replaceAll(/"(?:requestId|id|time)":"[^"]*"/g, '')
    expect(log).to.contain('task failed')
    expect(log).not.to.match(/1[3-9]\d{9}/)
    for (const { datas } of fake.sent) expect(log).not.to.contain(datas[0])
    expect(service.output()).not.to.contain(gatewayEnvironment(fake)['YUNTONGXUN_AUTH_TOKEN'])
  })
})
