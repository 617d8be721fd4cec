import { expect } from 'chai'
import { TaskError } from '../../../src/engine/errors.ts'
import { recordTasks, taskAlwaysEager } from '../../../src/testing/index.ts'
import { sendSmsCode, type SmsTaskSettings } from '../../../tasks/sms/send-code.ts'
import { fakeAccount, FakeYuntongxun } from '../../support/fake-yuntongxun.ts'

describe('the task that sends a code', () => {
  let fake: FakeYuntongxun

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(() => fake.refuse())

  function eager() {
    const limits = { connectTimeoutMs: 1_000, timeoutMs: 2_000 }
    const gateway = { gateway: 'yuntongxun', ...limits, yuntongxun: { ...fakeAccount, baseUrl: fake.baseUrl } } as const
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

  it('shows neither code nor mobile', async () => {
    const { tasks, of } = recordTasks({ sendSmsCode })
    await tasks.sendSmsCode.delay('13800000000', '123456')
    expect(of(sendSmsCode)[0]?.args).to.deep.equal(['13800000000', '123456'])
    expect(sendSmsCode.options.mask?.('13800000000', '123456')).to.deep.equal(['138****0000', '***'])
  })
})
