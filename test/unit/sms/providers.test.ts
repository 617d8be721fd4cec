import { expect } from 'chai'
import { aliyunCodes, aliyunOpenCodes } from '../../../src/sms/aliyun-codes.ts'
import { classIn, type CodeTable } from '../../../src/sms/code-table.ts'
import type { GatewayName, SmsGateway, SmsResult, SmsSettings } from '../../../src/sms/gateway.ts'
import { openGateway } from '../../../src/sms/open-gateway.ts'
import { tencentCodes, tencentOpenCodes } from '../../../src/sms/tencent-codes.ts'
import { twilioCodes } from '../../../src/sms/twilio-codes.ts'
import { aliyunAccount, aliyunAnswer, aliyunSettings, startFakeAliyun } from '../../support/fake-aliyun.ts'
import type { FakeMove, FakeProvider } from '../../support/fake-provider.ts'
import {
  startFakeTencent,
  tencentAccount,
  tencentError,
  tencentSettings,
  tencentStatus,
} from '../../support/fake-tencent.ts'
import { startFakeTwilio, twilioAccount, twilioError, twilioSettings } from '../../support/fake-twilio.ts'
import { startFakeWebhook, webhookSecret, webhookSettings } from '../../support/fake-webhook.ts'
import { smsSettings } from '../../support/sms-settings.ts'

const message = {
  mobile: '13812345678',
  code: '135790',
  validMinutes: 5,
  requestId: 'd7a3a0c2-50f7-4a35-9c5c-0d2c4b8f3f11',
}
const never = new AbortController().signal

/** One provider: how it is faked, what it is asked with, and how it answers. */
interface Provider {
  readonly name: GatewayName
  readonly start: () => Promise<FakeProvider>
  readonly settings: (fake: FakeProvider) => Partial<SmsSettings>
  /** Settings with which the provider refuses what is signed. */
  readonly wrong: (fake: FakeProvider) => Partial<SmsSettings>
  readonly refusedAs: string
  readonly secrets: readonly string[]
  readonly idempotent: boolean
  /** Forms of a number, and how it arrives. */
  readonly numbers: readonly (readonly [given: string, sent: string])[]
  readonly answers: readonly (readonly [FakeMove, Partial<SmsResult>])[]
}

const gone = { class: 'transient', maybeSent: true } as const
const explicit = (resultClass: SmsResult['class'], providerCode: string): Partial<SmsResult> => ({
  class: resultClass,
  providerCode,
})

const providers: Provider[] = [
  {
    name: 'aliyun',
    start: startFakeAliyun,
    settings: (fake) => ({ aliyun: aliyunSettings(fake) }),
    wrong: (fake) => ({ aliyun: { ...aliyunSettings(fake), accessKeySecret: 'another' } }),
    refusedAs: 'SignatureDoesNotMatch',
    secrets: [aliyunAccount.accessKeySecret],
    idempotent: false,
    numbers: [
      ['13812345678', '13812345678'],
      ['+8613812345678', '13812345678'],
      ['+85261234567', '85261234567'],
    ],
    answers: [
      [aliyunAnswer('isv.BUSINESS_LIMIT_CONTROL'), explicit('throttled', 'isv.BUSINESS_LIMIT_CONTROL')],
      [aliyunAnswer('isv.MOBILE_NUMBER_ILLEGAL'), explicit('recipient', 'isv.MOBILE_NUMBER_ILLEGAL')],
      [aliyunAnswer('isv.AMOUNT_NOT_ENOUGH'), explicit('configuration', 'isv.AMOUNT_NOT_ENOUGH')],
      [aliyunAnswer('Throttling.User', 400), explicit('transient', 'Throttling.User')],
      [aliyunAnswer('ServiceUnavailable', 503), explicit('transient', 'ServiceUnavailable')],
      [aliyunAnswer('InternalError', 500), { ...gone, providerCode: 'InternalError' }],
      [aliyunAnswer('SignatureNonceUsed', 400), { ...gone, providerCode: 'SignatureNonceUsed' }],
      [aliyunAnswer('isv.SOMETHING_NEW'), explicit('configuration', 'isv.SOMETHING_NEW')],
    ],
  },
  {
    name: 'tencent',
    start: startFakeTencent,
    settings: (fake) => ({ tencent: tencentSettings(fake) }),
    wrong: (fake) => ({ tencent: { ...tencentSettings(fake), secretKey: 'another' } }),
    refusedAs: 'AuthFailure.SignatureFailure',
    secrets: [tencentAccount.secretKey],
    idempotent: false,
    numbers: [
      ['13812345678', '+8613812345678'],
      ['008613812345678', '+8613812345678'],
      ['+85261234567', '+85261234567'],
    ],
    answers: [
      [
        tencentStatus('LimitExceeded.PhoneNumberThirtySecondLimit'),
        explicit('throttled', 'LimitExceeded.PhoneNumberThirtySecondLimit'),
      ],
      [
        tencentStatus('FailedOperation.PhoneNumberInBlacklist'),
        explicit('recipient', 'FailedOperation.PhoneNumberInBlacklist'),
      ],
      [
        tencentStatus('FailedOperation.InsufficientBalanceInSmsPackage'),
        explicit('configuration', 'FailedOperation.InsufficientBalanceInSmsPackage'),
      ],
      [
        tencentError('RequestLimitExceeded.UinLimitExceeded'),
        explicit('transient', 'RequestLimitExceeded.UinLimitExceeded'),
      ],
      [tencentStatus('InternalError.Timeout'), { ...gone, providerCode: 'InternalError.Timeout' }],
      [tencentError('Ok'), explicit('configuration', 'Ok')],
      [tencentStatus('Something.New'), explicit('configuration', 'Something.New')],
    ],
  },
  {
    name: 'twilio',
    start: startFakeTwilio,
    settings: (fake) => ({ twilio: twilioSettings(fake) }),
    wrong: (fake) => ({ twilio: { ...twilioSettings(fake), authToken: 'another' } }),
    refusedAs: '20003',
    secrets: [twilioAccount.authToken],
    idempotent: false,
    numbers: [
      ['13812345678', '+8613812345678'],
      ['+15557654321', '+15557654321'],
    ],
    answers: [
      [twilioError(63038, 429), explicit('throttled', '63038')],
      [twilioError(21610), explicit('recipient', '21610')],
      [twilioError(21606), explicit('configuration', '21606')],
      [
        { ...twilioError(20429, 429), headers: { 'retry-after': '3' } },
        { class: 'transient', providerCode: '20429', retryAfterMs: 3_000 },
      ],
      [twilioError(20503, 503), { ...gone, providerCode: 'HTTP_503' }],
      [{ status: 201, body: { sid: 'SM1', status: 'failed', error_code: 21614 } }, explicit('recipient', '21614')],
      [twilioError(99_999), explicit('configuration', '99999')],
    ],
  },
  {
    name: 'webhook',
    start: startFakeWebhook,
    settings: (fake) => ({ webhook: webhookSettings(fake) }),
    wrong: (fake) => ({ webhook: { ...webhookSettings(fake), secrets: [`whsec_${'a'.repeat(32)}`] } }),
    refusedAs: 'HTTP_401',
    secrets: [webhookSecret, webhookSecret.slice('whsec_'.length)],
    idempotent: true,
    numbers: [
      ['13812345678', '+8613812345678'],
      ['+85261234567', '+85261234567'],
    ],
    answers: [
      [
        { status: 422, body: { class: 'recipient', code: 'no_such_number', reason: 'no' } },
        explicit('recipient', 'no_such_number'),
      ],
      [{ status: 429, body: { class: 'throttled' } }, explicit('throttled', 'HTTP_429')],
      [{ status: 503, body: { class: 'transient', code: 'busy' } }, explicit('transient', 'busy')],
      [{ status: 410, body: '' }, explicit('configuration', 'HTTP_410')],
      [{ status: 400, body: { class: 'accepted' } }, explicit('configuration', 'HTTP_400')],
    ],
  },
]

for (const { name, start, settings, wrong, refusedAs, secrets, idempotent, numbers, answers } of providers) {
  describe(`the ${name} gateway`, () => {
    let fake: FakeProvider
    const opened: SmsGateway[] = []

    beforeEach(async () => {
      fake = await start()
    })
    afterEach(async () => {
      for (const gateway of opened.splice(0)) gateway.close?.()
      await fake.refuse()
    })

    function open(changes: Partial<SmsSettings> = {}): SmsGateway {
      const gateway = openGateway(name, smsSettings({ gateways: [name], ...settings(fake), ...changes }))
      opened.push(gateway)
      return gateway
    }

    for (const [given, sent] of numbers) {
      it(`sends to ${given} as ${sent}, signed as its provider wants it`, async () => {
        const result = await open().send({ ...message, mobile: given }, never)
        expect([fake.faults, result.class]).to.deep.equal([[], 'accepted'])
        expect(fake.sent).to.deep.equal([{ to: sent, code: '135790' }])
      })
    }

    it('promises what it can keep of a message that is sent twice', async () => {
      const gateway = open()
      expect(gateway.idempotent).to.equal(idempotent)
      await gateway.send(message, never)
      await gateway.send(message, never)
      expect(fake.sent).to.have.length(idempotent ? 1 : 2)
      expect(fake.faults).to.deep.equal([])
    })

    it('is refused with a wrong secret: configuration', async () => {
      const result = await open(wrong(fake)).send(message, never)
      expect(result).to.include({ class: 'configuration', providerCode: refusedAs })
      expect(fake.sent).to.deep.equal([])
    })

    for (const [move, expected] of answers) {
      const shown = JSON.stringify(typeof move === 'string' ? move : move.body).slice(0, 60)
      it(`takes ${shown} for ${expected.class}`, async () => {
        fake.move = move
        const result = await open().send(message, never)
        expect(result).to.include(expected)
        expect('maybeSent' in result).to.equal('maybeSent' in expected)
        expect(fake.faults).to.deep.equal([])
      })
    }

    const open200: FakeMove[] = [
      { status: 502, body: '<html>' },
      { status: 504, body: '' },
      { status: 408, body: '' },
      'reset',
      'half',
    ]
    for (const move of open200) {
      it(`leaves open what became of it after ${JSON.stringify(move)}`, async () => {
        fake.move = move
        expect(await open().send(message, never)).to.include(gone)
      })
    }

    it('leaves it open after no answer, and knows that a refused connection sent nothing', async () => {
      fake.move = 'hang'
      expect(await open({ timeoutMs: 100 }).send(message, never)).to.include({ ...gone, providerCode: 'TIMEOUT' })
      await fake.refuse()
      const refused = await open().send(message, never)
      await fake.listen()
      expect(refused).to.include({ class: 'transient', providerCode: 'ECONNREFUSED' })
      expect(refused).not.to.have.property('maybeSent')
    })

    it('throws the reason of an abort, and for a message that is none', async () => {
      const reason = new Error('enough')
      const aborted = open().send(message, AbortSignal.abort(reason))
      expect(await aborted.catch((error: unknown) => error)).to.equal(reason)
      const bad = await open()
        .send({ ...message, code: 'a b' }, never)
        .catch((error: unknown) => error)
      expect(bad).to.have.property('code', 'SMS_MESSAGE_INVALID')
      expect(fake.requests).to.deep.equal([])
    })

    it('shows neither secret nor code nor number, whatever the provider says', async () => {
      const words = [...secrets, message.code, message.mobile, `+86${message.mobile}`].join(', ')
      for (const move of [
        aliyunAnswer('isv.NEW', 400, words),
        tencentStatus('New', words),
        twilioError(21606, 400, words),
        { status: 400, body: { class: 'configuration', code: words, reason: words } },
      ]) {
        fake.move = move
        const shown = JSON.stringify(await open().send(message, never))
        for (const secret of [...secrets, message.code, message.mobile]) expect(shown).not.to.contain(secret)
      }
    })

    if (name === 'webhook') return
    it('asks its provider something harmless', async () => {
      const good = await open().checkAccount?.(never)
      expect(good).to.include({ outcome: 'accepted' })
      expect(Math.abs(Date.now() - (good?.serverTime ?? 0))).to.be.below(60_000)
      const bad = await open(wrong(fake)).checkAccount?.(never)
      expect(bad).to.include({ outcome: 'refused' })
      expect(bad?.reason).to.contain(refusedAs)
      await fake.refuse()
      const away = await open().checkAccount?.(never)
      await fake.listen()
      expect(away).to.include({ outcome: 'unknown', serverTime: null })
      expect(fake.sent).to.deep.equal([])
    })
  })
}

describe('numbers without a country', () => {
  for (const name of ['tencent', 'twilio'] as const) {
    it(`are nobody's at ${name}, which is not asked`, async () => {
      const fake = await (name === 'tencent' ? startFakeTencent() : startFakeTwilio())
      const changes = name === 'tencent' ? { tencent: tencentSettings(fake) } : { twilio: twilioSettings(fake) }
      const gateway = openGateway(name, smsSettings(changes))
      expect(await gateway.send({ ...message, mobile: '5557654321' }, never)).to.include({
        class: 'recipient',
        providerCode: 'UNKNOWN_COUNTRY',
        unasked: true,
      })
      expect(fake.requests).to.deep.equal([])
      await fake.refuse()
    })
  }
})

describe('tables of codes', () => {
  const tables: [string, CodeTable][] = Object.entries({ aliyunCodes, tencentCodes, twilioCodes })
  for (const [name, table] of tables) {
    it(`${name} has each code once`, () => {
      const all = Object.values(table).flat()
      expect(new Set(all).size).to.equal(all.length)
      for (const [resultClass, codes] of Object.entries(table)) {
        for (const code of codes) expect(classIn(table, code.replace('*', 'Anything'))).to.equal(resultClass)
      }
    })
  }

  it('leave open only what may pass', () => {
    for (const code of aliyunOpenCodes) expect(aliyunCodes.transient).to.include(code)
    for (const code of tencentOpenCodes) expect(tencentCodes.transient).to.include(code)
  })
})
