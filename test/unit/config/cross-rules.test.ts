import { expect } from 'chai'
import { crossRules } from '../../../src/config/cross-rules.ts'
import { check, faultsIn } from './check.ts'

const longKey = 'k'.repeat(32)
const production = { sms: { consoleInProduction: true }, secrets: { sessionKeys: [longKey], codeKey: longKey } }

describe('config/cross-rules', () => {
  it('each looks at the setting that it finds at fault', () => {
    for (const { setting, reads } of crossRules) expect(reads).to.include(setting)
  })

  it('yuntongxun needs its three credentials', () => {
    const yuntongxun = { accountSid: 's', authToken: 't', appId: 'a' }
    expect(() => check({ sms: { gateways: ['yuntongxun'], yuntongxun } })).not.to.throw()
    for (const [name, variable] of [
      ['accountSid', 'YUNTONGXUN_ACCOUNT_SID'],
      ['authToken', 'YUNTONGXUN_AUTH_TOKEN'],
      ['appId', 'YUNTONGXUN_APP_ID'],
    ] as const) {
      const [fault, ...more] = faultsIn({
        sms: { gateways: ['yuntongxun'], yuntongxun: { ...yuntongxun, [name]: null } },
      })
      expect(more).to.deep.equal([])
      expect(fault).to.include({ setting: `sms.yuntongxun.${name}`, came: 'nothing' })
      expect(fault?.expected).to.include(`set ${variable})`)
    }
  })

  it('each gateway that is chosen needs its own settings, and no other its', () => {
    const sid = '0a'.repeat(16)
    const complete = {
      aliyun: { accessKeyId: 'a', accessKeySecret: 'b', signName: 'c', templateCode: 'd' },
      tencent: { secretId: 'a', secretKey: 'b', sdkAppId: '1', signName: 'c', templateId: '2' },
      twilio: { accountSid: `AC${sid}`, authToken: 'b', from: '+15551234567' },
      webhook: { url: 'https://h/', secrets: [`whsec_${'a'.repeat(32)}`] },
    }
    const gateways = Object.keys(complete)
    expect(() => check({ sms: { gateways, ...complete } })).not.to.throw()
    expect(() => check({ sms: { gateways: ['console'] } })).not.to.throw()
    const missing: Record<string, string[]> = {}
    for (const gateway of gateways) {
      missing[gateway] = faultsIn({ sms: { gateways: ['console', gateway] } }).map(({ expected, came }) => {
        expect(came).to.equal('nothing')
        return /\(set ([A-Z_, or set]+)\)$/.exec(expected)?.[1] ?? expected
      })
    }
    expect(missing).to.deep.equal({
      aliyun: ['ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET', 'ALIYUN_SIGN_NAME', 'ALIYUN_TEMPLATE_CODE'],
      tencent: [
        'TENCENT_SECRET_ID',
        'TENCENT_SECRET_KEY',
        'TENCENT_SDK_APP_ID',
        'TENCENT_SIGN_NAME',
        'TENCENT_TEMPLATE_ID',
      ],
      twilio: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM, or set TWILIO_MESSAGING_SERVICE_SID'],
      webhook: ['SMS_WEBHOOK_URL', 'SMS_WEBHOOK_SECRETS'],
    })
  })

  it('shows none of their secrets', () => {
    const secrets = ['accessKeySecret', 'accessKeyId'].map((name) => [name, 'hunter 2'])
    const [fault] = faultsIn({ sms: { aliyun: Object.fromEntries(secrets) } })
    expect(fault?.came).to.equal('(hidden)')
    expect(faultsIn({ sms: { webhook: { secrets: ['hunter2'] } } })[0]?.came).to.equal('(hidden)')
  })

  it("a request's times are each a part of the next one", () => {
    const [headers, ...more] = faultsIn({ http: { headersTimeoutMs: 15_001 } })
    expect(more).to.deep.equal([])
    expect(headers).to.include({
      setting: 'http.headersTimeoutMs',
      expected: 'no more than http.requestTimeoutMs, which is 15000',
      came: '15001',
    })
    const [request] = faultsIn({ http: { requestTimeoutMs: 20_001 } })
    expect(request).to.include({ expected: 'no more than http.answerTimeoutMs, which is 20000' })
    expect(() => check({ http: { requestTimeoutMs: 20_000, headersTimeoutMs: 20_000 } })).not.to.throw()
  })

  it('leaves at least one queue to take tasks from', () => {
    expect(() => check({ worker: { queues: ['a', 'b'], excludeQueues: ['a'] } })).not.to.throw()
    const [fault] = faultsIn({ worker: { queues: ['a', 'b'], excludeQueues: ['b', 'a'] } })
    expect(fault).to.include({ setting: 'worker.excludeQueues', expected: 'queues that leave at least one of a, b' })
  })

  it('production needs secrets of at least 32 characters each', () => {
    expect(() => check(production, 'production')).not.to.throw()
    const sms = production.sms
    const wrong = [
      { sms },
      { sms, secrets: { sessionKeys: [longKey, longKey.slice(1)], codeKey: longKey.slice(1) } },
      { sms, secrets: { sessionKeys: ['short'], codeKey: 'short' } },
    ]
    for (const values of wrong) {
      const faults = faultsIn(values, 'production')
      expect(faults.map(({ setting, expected }) => [setting, expected])).to.deep.equal([
        ['secrets.sessionKeys', 'keys of at least 32 characters each, in production (set SESSION_KEYS)'],
        ['secrets.codeKey', 'a key of at least 32 characters, in production (set CODE_KEY)'],
      ])
      expect(faults.map(({ came }) => came)).to.satisfy((came: string[]) =>
        came.every((text) => /^(nothing|\(hidden\))$/.test(text)),
      )
    }
    expect(() => check({ secrets: { sessionKeys: ['short'], codeKey: 'short' } }, 'development')).not.to.throw()
  })

  it('production refuses the console gateway unless it is allowed', () => {
    const faults = faultsIn({ ...production, sms: {} }, 'production')
    expect(faults).to.deep.equal([
      {
        setting: 'sms.gateways',
        source: 'default',
        expected:
          'a gateway that sends, in production (set SMS_GATEWAY=yuntongxun, or set SMS_CONSOLE_IN_PRODUCTION=1)',
        came: '["console"]',
      },
    ])
    expect(() => check({}, 'development')).not.to.throw()
  })

  it('connecting to the gateway takes no longer than the whole request may', () => {
    expect(faultsIn({ sms: { timeoutMs: 2_999 } })).to.deep.equal([
      {
        setting: 'sms.connectTimeoutMs',
        source: 'default',
        expected: 'no more than sms.timeoutMs, which is 2999',
        came: '3000',
      },
    ])
    expect(() => check({ sms: { timeoutMs: 3_000 } })).not.to.throw()
  })

  it('the solo pool runs one task at once', () => {
    for (const concurrency of [null, 1]) {
      expect(() => check({ worker: { pool: 'solo', concurrency } })).not.to.throw()
    }
    expect(faultsIn({ worker: { pool: 'solo', concurrency: 2 } })).to.deep.equal([
      { setting: 'worker.concurrency', source: 'config/test.ts', expected: '1 with the solo pool', came: '2' },
    ])
  })

  it('a pool that scales has no other size, and is not the solo pool', () => {
    expect(() => check({ worker: { autoscale: [10, 3] } })).not.to.throw()
    expect(faultsIn({ worker: { autoscale: [10, 3], concurrency: 5 } })).to.deep.equal([
      {
        setting: 'worker.concurrency',
        source: 'config/test.ts',
        expected: 'nothing beside worker.autoscale',
        came: '5',
      },
    ])
    expect(faultsIn({ worker: { autoscale: [10, 3], pool: 'solo' } })).to.deep.equal([
      {
        setting: 'worker.autoscale',
        source: 'config/test.ts',
        expected: 'nothing with the solo pool, which runs one task',
        came: '[10, 3]',
      },
    ])
  })

  it('the soft time limit comes before the hard one', () => {
    for (const worker of [
      { softTimeLimit: 59, timeLimit: 60 },
      { softTimeLimit: 60, timeLimit: null },
      { softTimeLimit: null, timeLimit: 60 },
    ]) {
      expect(() => check({ worker })).not.to.throw()
    }
    for (const soft of [60, 61]) {
      expect(faultsIn({ worker: { softTimeLimit: soft, timeLimit: 60 } })).to.deep.equal([
        {
          setting: 'worker.softTimeLimit',
          source: 'config/test.ts',
          expected: 'less than worker.timeLimit, which is 60',
          came: String(soft),
        },
      ])
    }
  })
})
