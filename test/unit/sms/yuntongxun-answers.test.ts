import { expect } from 'chai'
import type { SmsMessage, SmsResult } from '../../../src/sms/gateway.ts'
import { YuntongxunGateway } from '../../../src/sms/yuntongxun.ts'
import { authorization, chinaTimestamp, signature } from '../../../src/sms/yuntongxun-signature.ts'
import { fakeAccount, type FakeBehaviour, FakeYuntongxun } from '../../support/fake-yuntongxun.ts'

const message: SmsMessage = {
  mobile: '13812345678',
  code: '135790',
  validMinutes: 5,
  requestId: 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11',
}
const never = new AbortController().signal

describe("YuntongxunGateway's classes of answers", () => {
  let fake: FakeYuntongxun

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(() => fake.refuse())

  async function sendWith(behaviour: FakeBehaviour, timeoutMs = 10_000, code = message.code): Promise<SmsResult> {
    fake.behaviour = behaviour
    const gateway = new YuntongxunGateway(fake.settings({ timeoutMs }))
    const result = await gateway.send({ ...message, code }, never)
    gateway.close()
    expect(fake.faults).to.deep.equal([])
    return result
  }

  const cases: [string, FakeBehaviour, SmsResult][] = [
    ['a repeated reqId', { kind: 'code', statusCode: '160054' }, { class: 'accepted', providerCode: '160054' }],
    [
      'a busy channel',
      { kind: 'code', statusCode: '160005', statusMsg: '【短信】短信通道繁忙' },
      {
        class: 'transient',
        providerCode: '160005',
        reason: 'the provider refused with 160005: 【短信】短信通道繁忙',
      },
    ],
    [
      'too many to one number',
      { kind: 'code', statusCode: '160038', statusMsg: '短信验证码发送过频繁' },
      {
        class: 'throttled',
        providerCode: '160038',
        reason: 'the provider refused with 160038: 短信验证码发送过频繁',
      },
    ],
    [
      'a number that gets none',
      { kind: 'code', statusCode: '160042', statusMsg: '' },
      { class: 'recipient', providerCode: '160042', reason: 'the provider refused with 160042' },
    ],
    [
      'a wrong template',
      { kind: 'code', statusCode: '160032', statusMsg: '短信模板无效' },
      {
        class: 'configuration',
        providerCode: '160032',
        reason: 'the provider refused with 160032: 短信模板无效',
      },
    ],
    [
      'an unknown code',
      { kind: 'code', statusCode: '199999', statusMsg: '?' },
      { class: 'configuration', providerCode: '199999', reason: 'the provider refused with 199999: ?' },
    ],
    [
      'a 4xx with a code',
      { kind: 'http', status: 400, body: '{"statusCode":"160050"}' },
      { class: 'transient', providerCode: '160050', reason: 'the provider refused with 160050' },
    ],
    [
      'a 429 with a code and a wait',
      { kind: 'http', status: 429, headers: { 'retry-after': '3' }, body: '{"statusCode":"160015"}' },
      {
        class: 'throttled',
        providerCode: '160015',
        reason: 'the provider refused with 160015',
        retryAfterMs: 3_000,
      },
    ],
    [
      'a 503 with a wait',
      { kind: 'http', status: 503, headers: { 'retry-after': '7' } },
      {
        class: 'transient',
        providerCode: 'HTTP_503',
        reason: 'the provider answered with HTTP status 503',
        retryAfterMs: 7_000,
        maybeSent: true,
      },
    ],
  ]
  for (const [what, behaviour, result] of cases) {
    it(`${what}: ${result.class}`, async () => expect(await sendWith(behaviour)).to.deep.equal(result))
  }

  const statuses: [number, string, SmsResult['class'], string][] = [
    [500, '', 'transient', 'HTTP_500'],
    [502, '<html>', 'transient', 'HTTP_502'],
    [500, '{"statusCode":"111109"}', 'transient', 'HTTP_500'],
    [408, '', 'transient', 'HTTP_408'],
    [429, '', 'transient', 'HTTP_429'],
    [400, '', 'configuration', 'HTTP_400'],
    [401, '{}', 'configuration', 'HTTP_401'],
    [404, '<html>', 'configuration', 'HTTP_404'],
    [302, '', 'configuration', 'HTTP_302'],
    [204, '', 'transient', 'BAD_ANSWER'],
    [200, '', 'transient', 'BAD_ANSWER'],
    [200, '<html>down for maintenance</html>', 'transient', 'BAD_ANSWER'],
    [200, '{"statusCode":"000000"', 'transient', 'BAD_ANSWER'],
    [200, 'null', 'transient', 'BAD_ANSWER'],
    [200, '["000000"]', 'transient', 'BAD_ANSWER'],
    [200, '{"statusCode":0}', 'transient', 'BAD_ANSWER'],
    [200, '{"statusCode":"13812345678"}', 'transient', 'BAD_ANSWER'],
    [200, `{"statusCode":"000000","pad":"${'x'.repeat(70_000)}"}`, 'transient', 'ANSWER_TOO_LARGE'],
  ]
  for (const [status, body, resultClass, providerCode] of statuses) {
    it(`${status} ${JSON.stringify(body).slice(0, 40)}: ${resultClass} ${providerCode}`, async () => {
      const headers = { location: `${fake.baseUrl}/elsewhere` }
      const result = await sendWith({ kind: 'http', status, headers, body })
      expect(result).to.include({ class: resultClass, providerCode })
      expect(result).not.to.have.property('retryAfterMs')
      expect(fake.requests).to.equal(1)
    })
  }

  it('shows no secret in any result, whatever the provider says', async () => {
    const timestamp = chinaTimestamp(Date.now())
    const secrets = [
      message.mobile,
      message.code,
      fakeAccount.authToken,
      signature(fakeAccount.accountSid, fakeAccount.authToken, timestamp),
      authorization(fakeAccount.accountSid, timestamp),
    ]
    const statusMsg = `heard ${secrets.join(', ')} and +86 138-1234-5678`
    const body = JSON.stringify({ statusCode: '160032', statusMsg })
    const behaviours: FakeBehaviour[] = [
      ...['160050', '160038', '160042', '160032', '199999'].map(
        (statusCode) => ({ kind: 'code', statusCode, statusMsg }) as const,
      ),
      ...[200, 302, 400, 429, 500].map((status) => ({ kind: 'http', status, body }) as const),
      ...[200, 400, 500].map((status) => ({ kind: 'http', status, body: statusMsg }) as const),
      { kind: 'reset' },
      { kind: 'half' },
      { kind: 'hang' },
    ]
    for (const behaviour of behaviours) {
      const result = JSON.stringify(await sendWith(behaviour, 200))
      for (const secret of [...secrets, '1234-5678', '12345678']) expect(result).not.to.include(secret)
    }
  })

  it('hides a code of any form in the words of the provider', async () => {
    const behaviour = { kind: 'code', statusCode: '160032', statusMsg: 'k7z is wrong' } as const
    expect(await sendWith(behaviour, 10_000, 'k7z')).to.include({
      reason: 'the provider refused with 160032: *** is wrong',
    })
  })
})
