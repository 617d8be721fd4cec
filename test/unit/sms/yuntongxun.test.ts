import { expect } from 'chai'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { SmsError } from '../../../src/sms/errors.ts'
import type { SmsMessage, SmsResult } from '../../../src/sms/gateway.ts'
import { YuntongxunGateway } from '../../../src/sms/yuntongxun.ts'
import { eventually } from '../../support/eventually.ts'
import { type FakeBehaviour, FakeYuntongxun } from '../../support/fake-yuntongxun.ts'

const message: SmsMessage = {
  mobile: '13812345678',
  code: '135790',
  validMinutes: 5,
  requestId: 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11',
}
const never = new AbortController().signal

describe('YuntongxunGateway', () => {
  let fake: FakeYuntongxun
  const opened: YuntongxunGateway[] = []

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(async () => {
    for (const gateway of opened.splice(0)) gateway.close()
    await fake.refuse()
  })

  function open(times: { connectTimeoutMs?: number; timeoutMs?: number } = {}): YuntongxunGateway {
    const gateway = new YuntongxunGateway(fake.settings(times))
    opened.push(gateway)
    return gateway
  }

  async function sendWith(behaviour: FakeBehaviour, times: { timeoutMs?: number } = {}): Promise<SmsResult> {
    fake.behaviour = behaviour
    const result = await open(times).send(message, never)
    expect(fake.faults).to.deep.equal([])
    return result
  }

  it('sends a message that the provider takes', async () => {
    expect(await sendWith({ kind: 'ok' })).to.deep.equal({ class: 'accepted', providerCode: '000000' })
    expect(fake.sent).to.deep.equal([
      { to: '13812345678', datas: ['135790', '5'], reqId: 'd7a3a0c250f74a359c5c0d2c4b8f3f11' },
    ])
  })

  for (const zone of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
    it(`signs with China's time on a machine in ${zone}`, async () => {
      const before = process.env['TZ']
      process.env['TZ'] = zone
      try {
        expect(await sendWith({ kind: 'ok' })).to.include({ class: 'accepted' })
      } finally {
        if (before === undefined) delete process.env['TZ']
        else process.env['TZ'] = before
      }
    })
  }

  it('uses one connection for messages one after another', async () => {
    const gateway = open()
    for (const requestId of ['a', 'b', 'c']) await gateway.send({ ...message, requestId }, never)
    expect([fake.sent.length, fake.connections]).to.deep.equal([3, 1])
    gateway.close()
    await eventually(() => expect(fake.connections).to.equal(0), { what: 'the connection ends' })
  })

  it('takes a baseUrl with a path or a slash at its end', async () => {
    const settings = fake.settings()
    const sendTo = async (baseUrl: string): Promise<SmsResult> => {
      const gateway = new YuntongxunGateway({ ...settings, yuntongxun: { ...settings.yuntongxun, baseUrl } })
      opened.push(gateway)
      return gateway.send(message, never)
    }
    expect(await sendTo(`${fake.baseUrl}/`)).to.include({ class: 'accepted' })
    expect(await sendTo(`${fake.baseUrl}/proxy/`)).to.include({ class: 'configuration', providerCode: '111100' })
  })

  describe('a network that fails', () => {
    it('is transient when the connection ends', async () => {
      expect(await sendWith({ kind: 'reset' })).to.include({ class: 'transient', providerCode: 'ECONNRESET' })
    })

    it('is transient when the port is closed', async () => {
      await fake.refuse()
      expect(await open().send(message, never)).to.deep.equal({
        class: 'transient',
        providerCode: 'ECONNREFUSED',
        reason: 'the network failed: ECONNREFUSED',
      })
      await fake.listen()
    })

    it('is transient when no answer comes in time, and the next message goes through', async () => {
      fake.next.push({ kind: 'hang' })
      const gateway = open({ timeoutMs: 100 })
      expect(await gateway.send(message, never)).to.deep.equal({
        class: 'transient',
        providerCode: 'TIMEOUT',
        reason: 'no whole answer within 100 ms',
        maybeSent: true,
      })
      expect(await gateway.send(message, never)).to.include({ class: 'accepted', providerCode: '000000' })
    })

    it('is transient when no connection comes about in time', async () => {
      const silent = createServer().listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const address = silent.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      const { yuntongxun } = fake.settings()
      const gateway = new YuntongxunGateway({
        ...fake.settings({ connectTimeoutMs: 100 }),
        yuntongxun: { ...yuntongxun, baseUrl: `https://127.0.0.1:${port}` },
      })
      const result = await gateway.send(message, never)
      silent.close()
      expect(result).to.deep.equal({
        class: 'transient',
        providerCode: 'CONNECT_TIMEOUT',
        reason: 'no connection within 100 ms',
      })
    })

    it('sends one SMS, though the first answer got lost on the way', async () => {
      fake.next.push({ kind: 'half' })
      const gateway = open()
      expect(await gateway.send(message, never)).to.include({ class: 'transient', providerCode: 'ECONNRESET' })
      expect(await gateway.send(message, never)).to.deep.equal({ class: 'accepted', providerCode: '160054' })
      expect([fake.sent.length, fake.repeated, fake.faults]).to.deep.equal([1, 1, []])
    })
  })

  describe('abort and mistakes', () => {
    const reason = new Error('enough')

    it('throws the reason of an abort in the middle of a request, and ends the connection', async () => {
      fake.behaviour = { kind: 'hang' }
      const controller = new AbortController()
      const result = open().send(message, controller.signal)
      await fake.waitFor('requests', 1)
      controller.abort(reason)
      expect(await result.catch((error: unknown) => error)).to.equal(reason)
      await eventually(() => expect(fake.connections).to.equal(0), { what: 'the connection ends' })
    })

    it('sends nothing when aborted before', async () => {
      const result = open().send(message, AbortSignal.abort(reason))
      expect(await result.catch((error: unknown) => error)).to.equal(reason)
      expect(fake.requests).to.equal(0)
    })

    it('throws for a message that is none, and sends nothing', async () => {
      const result = open().send({ ...message, mobile: '' }, never)
      expect(await result.catch((error: unknown) => error)).to.be.instanceOf(SmsError)
      expect(fake.requests).to.equal(0)
    })
  })
})
