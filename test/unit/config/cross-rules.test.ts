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
    expect(() => check({ sms: { gateway: 'yuntongxun', yuntongxun } })).not.to.throw()
    for (const [name, variable] of [
      ['accountSid', 'YUNTONGXUN_ACCOUNT_SID'],
      ['authToken', 'YUNTONGXUN_AUTH_TOKEN'],
      ['appId', 'YUNTONGXUN_APP_ID'],
    ] as const) {
      const [fault, ...more] = faultsIn({ sms: { gateway: 'yuntongxun', yuntongxun: { ...yuntongxun, [name]: null } } })
      expect(more).to.deep.equal([])
      expect(fault).to.include({ setting: `sms.yuntongxun.${name}`, came: 'nothing' })
      expect(fault?.expected).to.include(`set ${variable})`)
    }
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
        setting: 'sms.gateway',
        source: 'default',
        expected:
          'a gateway that sends, in production (set SMS_GATEWAY=yuntongxun, or set SMS_CONSOLE_IN_PRODUCTION=1)',
        came: '"console"',
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
