import { expect } from 'chai'
import { TaskError } from '../../../src/engine/errors.ts'
import { recordTasks, taskAlwaysEager } from '../../../src/testing/index.ts'
import { sendSmsCode, type SmsTaskSettings } from '../../../tasks/sms/send-code.ts'
import type { GatewayName, SmsSettings } from '../../../src/sms/gateway.ts'
import { aliyunSettings, startFakeAliyun } from '../../support/fake-aliyun.ts'
import type { FakeProvider } from '../../support/fake-provider.ts'
import { FakeYuntongxun } from '../../support/fake-yuntongxun.ts'
import { smsSettings } from '../../support/sms-settings.ts'

describe('the task that sends a code', () => {
  let fake: FakeYuntongxun

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(() => fake.refuse())

  function eager() {
    const gateway = fake.settings({ connectTimeoutMs: 1_000, timeoutMs: 2_000 })
    const sms: SmsTaskSettings = { gateway, onUncertain: 'fail', rateLimit: null, validMinutes: 5 }
    return taskAlwaysEager({ sendSmsCode }, { settings: { sms } })
  }

  it('hands mobile, code and its life to the gateway, under an id that comes from its own', async () => {
    const result = await eager().tasks.sendSmsCode.delay('13800000000', '123456')
    expect(await result.get()).to.equal(0)
    expect(fake.sent).to.deep.equal([
      { to: '13800000000', datas: ['123456', '5'], reqId: result.id.replaceAll('-', '') },
    ])
  })

  it('sends nothing where there is nobody to send it to, and ends well', async () => {
    expect(await (await eager().tasks.sendSmsCode.delay('', '')).get()).to.equal(0)
    expect(fake.requests).to.equal(0)
  })

  it('takes them by name, as a Celery client may send them', async () => {
    const { client } = eager()
    const named = client.signature('ccp_send_sms_code', [], { code: '123456', mobile: '13800000000' })
    expect(await (await client.applyAsync(named)).get()).to.equal(0)
    expect(fake.sent).to.have.length(1)
  })

  it('is tried again where the gateway was busy, and fails with its reason where it refuses', async () => {
    fake.next.push({ kind: 'http', status: 503 })
    const { tasks } = eager()
    expect(await (await tasks.sendSmsCode.delay('13800000000', '123456')).get()).to.equal(0)
    expect([fake.requests, fake.sent.length]).to.deep.equal([2, 1])
    fake.behaviour = { kind: 'code', statusCode: '160042' }
    const error = await (
      await tasks.sendSmsCode.delay('13800000000', '123456')
    )
      .get()
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'SmsRejected', state: 'FAILURE' })
    expect((error as TaskError).message).to.match(/yuntongxun: 160042: /)
    expect(fake.requests).to.equal(3)
  })

  describe('with several gateways', () => {
    let aliyun: FakeProvider

    beforeEach(async () => {
      aliyun = await startFakeAliyun()
    })
    afterEach(() => aliyun.refuse())

    /** What became of a message: its result, or its failure's type. */
    async function sendThrough(
      gateways: readonly GatewayName[],
      { onUncertain = 'fail', ...given }: Partial<SmsSettings & SmsTaskSettings> = {},
    ): Promise<unknown> {
      const yuntongxun = fake.settings().yuntongxun
      const times = { connectTimeoutMs: 200, timeoutMs: 200 }
      const gateway = smsSettings({ gateways, yuntongxun, aliyun: aliyunSettings(aliyun), ...times, ...given })
      const sms: SmsTaskSettings = { gateway, onUncertain, rateLimit: null, validMinutes: 5 }
      const { tasks } = taskAlwaysEager({ sendSmsCode }, { settings: { sms } })
      const sent = await tasks.sendSmsCode.delay('13800000000', '123456')
      return sent.get().catch((error: unknown) => (error as TaskError).type)
    }

    it('sends through the next where the first refuses connections', async () => {
      await aliyun.refuse()
      expect(await sendThrough(['aliyun', 'yuntongxun'])).to.equal(0)
      expect(fake.sent).to.have.length(1)
      await aliyun.listen()
    })

    it('never sends again what a gateway may have sent that can not tell: UNCERTAIN', async () => {
      for (const move of ['hang', 'half', 'reset'] as const) {
        aliyun.move = move
        aliyun.requests.length = 0
        expect(await sendThrough(['aliyun', 'yuntongxun'])).to.equal('UNCERTAIN')
        expect([aliyun.requests.length, fake.requests]).to.deep.equal([1, 0])
      }
    })

    it('sends it again where the settings say so', async () => {
      aliyun.next.push('half')
      expect(await sendThrough(['aliyun'], { onUncertain: 'retry' })).to.equal(0)
      expect(aliyun.sent).to.have.length(2)
    })

    it('asks the same gateway again that can tell, in this run and in the next, and no other: one SMS', async () => {
      for (let time = 0; time < 4; time += 1) fake.next.push({ kind: 'half' })
      expect(await sendThrough(['yuntongxun', 'aliyun'])).to.equal(0)
      expect([fake.requests, fake.sent.length, aliyun.requests]).to.deep.equal([5, 1, []])
    })

    it('asks no other, either, when that one is gone the next time', async () => {
      fake.next.push({ kind: 'half' })
      const gone = fake.waitFor('requests', 1).then(() => fake.refuse())
      expect(await sendThrough(['yuntongxun', 'aliyun'])).to.equal('TransientError')
      await gone
      expect([fake.sent.length, aliyun.requests]).to.deep.equal([1, []])
      await fake.listen()
    })
  })

  it('says what is to become of a run that died, and what the rate limit is for', () => {
    const settingsOf = (...gateways: GatewayName[]) => ({
      sms: {
        gateway: smsSettings({ ...fake.settings(), webhook: { ...good }, gateways }),
        onUncertain: 'fail',
        rateLimit: '10/m',
        validMinutes: 5,
      },
    })
    const good = { url: 'https://h/', secrets: [`whsec_${'a'.repeat(32)}`], text: '{code}' }
    const { onUncertain, rateLimit } = sendSmsCode.options
    if (typeof onUncertain !== 'function' || typeof rateLimit !== 'function') throw new Error('expected functions')
    const uncertain = (...gateways: GatewayName[]) => onUncertain(settingsOf(...gateways))
    expect([uncertain('yuntongxun'), uncertain('webhook'), uncertain('console')]).to.deep.equal([
      'retry',
      'retry',
      'fail',
    ])
    expect([uncertain('yuntongxun', 'webhook'), uncertain('yuntongxun', 'console')]).to.deep.equal(['fail', 'fail'])
    expect(rateLimit(settingsOf('webhook', 'console'))).to.deep.equal({ rate: '10/m', scope: 'global', key: 'webhook' })
  })

  it('shows neither code nor mobile', async () => {
    const { tasks, of } = recordTasks({ sendSmsCode })
    await tasks.sendSmsCode.delay('13800000000', '123456')
    expect(of(sendSmsCode)[0]?.args).to.deep.equal(['13800000000', '123456'])
    expect(sendSmsCode.options.mask?.('13800000000', '123456')).to.deep.equal(['138****0000', '***'])
  })
})
