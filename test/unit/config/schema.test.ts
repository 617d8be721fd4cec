import { expect } from 'chai'
import Joi from 'joi'
import { defaults } from '../../../config/default.ts'
import { noteOf } from '../../../src/config/schema-nodes.ts'
import { settingNodes } from '../../../src/config/schema.ts'
import { isGroup, valueAt } from '../../../src/config/settings-tree.ts'
import type { SettingPath } from '../../../src/config/settings-types.ts'
import { at, check, faultsIn } from './check.ts'

const tooLong = 'n'.repeat(256)

/** Of a budget. */
const budgetCases = { good: [null, 1, 100_000], bad: [0, 100_001, 1.5, '5', -1] }

/** For each setting: values that it takes beside its default, and values that it does not. */
const cases: Record<SettingPath, { good: unknown[]; bad: unknown[] }> = {
  dataDir: { good: ['/var/lib/lovage', 'a b'], bad: ['', 'a\0b', null, 5] },
  'http.host': { good: ['0.0.0.0', '::1', 'fe80::1%eth0', 'localhost'], bad: ['', 'a b', 'http://h', null, 1] },
  'http.port': { good: [0, 65_535], bad: [-1, 65_536, 1.5, '3000', null, Number.NaN, Infinity] },
  'http.publicUrl': {
    good: [null, 'https://shop.example', 'http://localhost:3000/', 'http://[::1]:3000'],
    bad: [
      '',
      'shop.example',
      'ftp://h',
      'https://h/shop',
      'https://h?',
      'https://h#',
      'https://u@h',
      'https://h//',
      'https://h\\x',
      ' https://h',
      'https://h\n',
      'https://h\tx',
      7,
    ],
  },
  'http.corsOrigins': {
    good: [null, ['https://www.shop.example', 'http://localhost:8080/']],
    bad: [[], ['*'], ['null'], ['https://h', 'https://h'], ['https://*.h/'], ['https://h/shop'], 'https://h', ['h']],
  },
  'http.trustedProxies': {
    good: [
      null,
      ['loopback', 'linklocal', 'uniquelocal'],
      ['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32', '::ffff:1.2.3.4'],
    ],
    bad: [
      [],
      ['10.0.0.0/33'],
      ['::/129'],
      ['10.0.0.0/'],
      ['10.0.0/8'],
      ['0x7f.1'],
      ['proxy.example'],
      ['fe80::1%eth0'],
      ['::1', '::1'],
      [''],
      'loopback',
      true,
    ],
  },
  'http.maxBodyBytes': { good: [1, 104_857_600], bad: [0, 104_857_601, '16kb'] },
  'http.maxUrlBytes': { good: [1, 1_048_576], bad: [0, 1_048_577, null] },
  'http.maxHeaderBytes': { good: [1_024, 1_048_576], bad: [1_023, 1_048_577, null] },
  'http.maxHeaders': { good: [1, 10_000], bad: [0, 10_001, null] },
  'http.headersTimeoutMs': { good: [1, 15_000], bad: [0, 86_400_001, null] },
  'http.requestTimeoutMs': { good: [10_000, 20_000], bad: [0, 86_400_001, null] },
  'http.keepAliveTimeoutMs': { good: [1, 86_400_000], bad: [0, 86_400_001, null] },
  'http.answerTimeoutMs': { good: [15_000, 86_400_000], bad: [0, 86_400_001, null] },
  'http.maxConnections': { good: [1, 1_000_000], bad: [0, 1_000_001, null] },
  'http.requestsAtOnce': { good: [1, 1_000_000], bad: [0, 1_000_001, null] },
  'http.redisWaitMs': { good: [1], bad: [0, null] },
  'redis.url': {
    good: [null, 'redis://h', 'rediss://u:p@h:1/2'],
    bad: ['', 'h:6379', 'redis://', 'http://h', 'redis://h/x', 1],
  },
  'redis.brokerUrl': { good: [null, 'redis://h/0'], bad: ['amqp://h'] },
  'redis.resultsUrl': { good: [null, 'redis://h/0'], bad: ['rpc://'] },
  'redis.sessionsUrl': { good: [null, 'redis://h/0'], bad: ['h'] },
  'redis.codesUrl': { good: [null, 'redis://h/0'], bad: ['h'] },
  'redis.databases.sessions': { good: [0, 15], bad: [-1, 0.5, '1', null] },
  'redis.databases.codes': { good: [0, 15], bad: [-1] },
  'redis.databases.broker': { good: [0, 15], bad: [-1] },
  'redis.commandTimeoutMs': { good: [1], bad: [0, '2s'] },
  'redis.connectTimeoutMs': { good: [1], bad: [0, '2s'] },
  'redis.startTimeoutMs': { good: [1], bad: [0] },
  'redis.embedded.appendfsync': { good: ['everysec', 'no'], bad: ['', 'never', true, null] },
  'database.url': {
    good: [null, 'sqlite:./a b.sqlite', 'sqlite::memory:', 'postgres://h/d', 'postgresql:///d?host=/run/pg'],
    bad: ['', 'sqlite:', 'mysql://h/d', 'postgres://', 'postgres://h /d', './a.sqlite', 3],
  },
  'worker.concurrency': { good: [null, 1, 10_000], bad: [0, 10_001, 2.5, 'many'] },
  'worker.autoscale': {
    good: [null, [10, 3], [3, 10], [1], [10_000, 10_000]],
    bad: [[], [10, 0], [10_001], [3, 2, 1], [1.5], ['10', 3], 10, '10,3'],
  },
  'worker.autoscaleKeepAliveSeconds': { good: [1, 86_400], bad: [0, 0.5, null] },
  'worker.pool': { good: ['async', 'solo'], bad: ['prefork', '', null] },
  'worker.otherPools.threads': { good: [null, 1, 10_000], bad: [0, 10_001, '4'] },
  'worker.otherPools.async': { good: [1, 10_000], bad: [0, 10_001, null] },
  'worker.softTimeLimit': { good: [null, 1, 31_536_000], bad: [0, 31_536_001, 0.5, '1m'] },
  'worker.timeLimit': { good: [null, 1, 31_536_000], bad: [0, 31_536_001, 0.5, '1m'] },
  'worker.maxTasksPerChild': { good: [null, 1, 1_000_000_000], bad: [0, 1_000_000_001, 1.5] },
  'worker.maxMemoryPerChild': { good: [null, 8_192, 1_073_741_824], bad: [0, 8_191, 1_073_741_825, '64M'] },
  'worker.lowMemory': { good: [true], bad: ['yes', 1, null] },
  'worker.maxCrashes': { good: [1, 1_000], bad: [0, 1_001, null] },
  'worker.maxBytesHeld': { good: [1, Number.MAX_SAFE_INTEGER], bad: [0, 2 ** 53, null, Infinity] },
  'worker.prefetchMultiplier': { good: [null, 1, 256], bad: [0, 257, 1.5] },
  'worker.excludeQueues': { good: [null, ['a', 'b.c']], bad: [[], ['a', 'a'], ['a b'], 'celery'] },
  'worker.include': { good: [null, ['a b', './c.ts']], bad: [[], ['a', 'a'], [''], 'tasks'] },
  'worker.queues': { good: [['a', 'b.c']], bad: [[], ['a', 'a'], [''], ['a b'], ['a,b'], ['a\u0006'], 'celery', null] },
  'worker.tasks': { good: [['a b', './c.ts']], bad: [[], ['a', 'a'], [''], ['a,b'], [1], 'tasks'] },
  'worker.node': { good: [null, 'w1@host.example', 'n'.repeat(255)], bad: ['', 'a b', 'w1@%h', tooLong, 1] },
  'worker.leaseMs': { good: [100], bad: [99, null] },
  'worker.parkUnknown': { good: [false], bad: ['no', 0, null] },
  'worker.visibilityTimeoutMs': { good: [1_000, 31_536_000_000], bad: [999, 31_536_000_001, null] },
  'worker.shutdownTimeoutMs': { good: [0], bad: [-1] },
  'worker.httpDrainMs': { good: [0], bad: [-1] },
  'beat.withWorker': { good: [true], bad: ['yes', 1, null] },
  'beat.schedule': { good: [null, {}, { a: { task: 't', schedule: 5 } }], bad: ['{', [], { a: 5 }] },
  'beat.timezone': { good: ['Europe/Berlin', 'Etc/GMT+1'], bad: ['', '+01:00', 'a b', null] },
  'beat.missed': { good: ['skip', 'all'], bad: ['', 'none', null] },
  'beat.lateSeconds': { good: [1, 86_400], bad: [0, 86_401, 1.5] },
  'beat.maxMissed': { good: [1, 1_000], bad: [0, 1_001, null] },
  'queue.maxLength': { good: [null, 1, 1_000_000_000], bad: [0, 1_000_000_001, 'none'] },
  'queue.maxAgeSeconds': { good: [null, 1, 86_400], bad: [0, 86_401, 'none'] },
  'queue.etaIn': { good: ['message'], bad: ['header', '', null] },
  'queue.enqueueTimeoutMs': { good: [1, 86_400_000], bad: [0, 86_400_001, null] },
  'results.ttlSeconds': { good: [1, 31_536_000], bad: [0, 31_536_001, null] },
  'results.maxBytes': { good: [1, 536_870_912], bad: [0, 536_870_913, null] },
  'events.tasks': { good: [true], bad: ['on', 1, null] },
  'events.sent': { good: [true], bad: ['on', 1, null] },
  'revocations.max': { good: [1, 10_000_000], bad: [0, 10_000_001, null] },
  'revocations.days': { good: [1, 3_650], bad: [0, 3_651, null] },
  'deadLetters.max': { good: [1], bad: [0] },
  'deadLetters.days': { good: [1], bad: [0] },
  'records.max': { good: [null, 1], bad: [0] },
  'records.maxBytes': { good: [1_048_576], bad: [1_048_575] },
  'records.days': { good: [1], bad: [0] },
  'records.perSecond': { good: [1, 10_000], bad: [0, 10_001] },
  'captcha.ttlSeconds': { good: [1], bad: [0, 86_401] },
  'captcha.picturesWaiting': { good: [1, 100_000], bad: [0, 100_001, null] },
  'captcha.pictureTimeoutMs': { good: [100, 600_000], bad: [99, 600_001, null] },
  'captcha.proofOfWork.cost': { good: [1, 100_000], bad: [0, 100_001, 1.5, null] },
  'captcha.proofOfWork.maxNumber': { good: [2, 100_000_000, null], bad: [1, 100_000_001, '10'] },
  'codes.ttlSeconds': { good: [1], bad: [0] },
  'codes.tries': { good: [1], bad: [0] },
  'codes.resendSeconds': { good: [null, 1], bad: [0, 'none'] },
  'budgets.smsPerMobileHour': budgetCases,
  'budgets.smsPerMobileDay': budgetCases,
  'budgets.smsPerAddressHour': budgetCases,
  'budgets.smsPerAddressDay': budgetCases,
  'budgets.smsPerMinute': budgetCases,
  'budgets.wrongCodesPerMobileDay': budgetCases,
  'budgets.picturesPerAddressMinute': budgetCases,
  'budgets.countsPerAddressMinute': budgetCases,
  'budgets.loginsPerAddressMinute': budgetCases,
  'budgets.pumping': { good: [null, 'deny'], bad: ['', 'none', true] },
  'budgets.pumpingCodes': { good: [5, 1_000], bad: [4, 1_001, null] },
  'budgets.pumpingUnusedPercent': { good: [1, 99], bad: [0, 100, 0.8, null] },
  'budgets.pumpingSeconds': { good: [1, 86_400], bad: [0, 86_401, null] },
  'accounts.revealMobiles': { good: [false], bad: ['no', 0, null] },
  'accounts.bcryptCost': { good: [4, 31], bad: [3, 32] },
  'accounts.hashesWaiting': { good: [0], bad: [-1] },
  'accounts.loginDelays.freeTries': { good: [null, 1, 1_000], bad: [0, 1_001, 'none'] },
  'accounts.loginDelays.freeTriesPerAddress': { good: [null, 1, 1_000_000], bad: [0, 1_000_001, 'none'] },
  'accounts.loginDelays.firstSeconds': { good: [1], bad: [0, null] },
  'accounts.loginDelays.longestSeconds': { good: [1, 86_400], bad: [0, 86_401, null] },
  'accounts.loginDelays.forgetSeconds': { good: [1, 86_400], bad: [0, 86_401, null] },
  'accounts.loginDelays.forgetPerAddressSeconds': { good: [1, 86_400], bad: [0, 86_401, null] },
  'accounts.passwordProfile': { good: ['compat', 'strict'], bad: ['lax', '', null] },
  'audit.days': { good: [1, 3_650], bad: [0, 3_651, null] },
  'audit.maxRows': { good: [1_000, 100_000_000], bad: [999, null] },
  'session.rememberedDays': { good: [1, 400], bad: [0, 401] },
  'session.rememberedIdleDays': { good: [null, 1, 400], bad: [0, 401, 'none'] },
  'session.absoluteDays': { good: [1, 400], bad: [0, 401, null] },
  'session.idleHours': { good: [1], bad: [0] },
  'session.perAccount': { good: [1, 1_000], bad: [0, 1_001, null] },
  'sms.gateways': {
    good: [['console']],
    bad: ['aliyun', [], ['mail'], ['aliyun', 'aliyun'], null],
  },
  'sms.breaker.failures': { good: [1, 1_000], bad: [0, 1_001, null] },
  'sms.breaker.openMs': { good: [1, 300_000], bad: [0, 300_001, null] },
  'sms.aliyun.baseUrl': { good: ['http://127.0.0.1:1'], bad: ['http://aliyuncs.com', null] },
  'sms.aliyun.accessKeyId': { good: [null, 'LTAI5t'], bad: ['', 'a b', 1] },
  'sms.aliyun.accessKeySecret': { good: [null, 'a1'], bad: ['', 'a b', 1] },
  'sms.aliyun.signName': { good: [null, '我的商店'], bad: ['', 'a\n', '长'.repeat(65)] },
  'sms.aliyun.templateCode': { good: [null, 'SMS_1'], bad: ['', 'a b', 1] },
  'sms.aliyun.codeParam': { good: ['number'], bad: ['', null] },
  'sms.aliyun.minutesParam': { good: [null, 'min'], bad: ['', '${min}'] },
  'sms.tencent.baseUrl': { good: ['http://localhost:1'], bad: ['http://tencentcloudapi.com', null] },
  'sms.tencent.secretId': { good: [null, 'AKIDx'], bad: ['', 'a b', 1] },
  'sms.tencent.secretKey': { good: [null, 'a1'], bad: ['', 'a b', 1] },
  'sms.tencent.region': { good: ['ap-singapore'], bad: ['', 'AP', null] },
  'sms.tencent.sdkAppId': { good: [null, '1400006666'], bad: ['', 'a', 1] },
  'sms.tencent.signName': { good: [null, '腾讯云'], bad: ['', 'a\n'] },
  'sms.tencent.templateId': { good: [null, '1110'], bad: ['', 'a', 1] },
  'sms.tencent.templateParams': { good: [['code'], ['minutes', 'code']], bad: [[], ['text'], ['code', 'code'], null] },
  'sms.twilio.baseUrl': { good: ['http://[::1]:1'], bad: ['http://api.twilio.com', null] },
  'sms.twilio.accountSid': { good: [null, `AC${'0a'.repeat(16)}`], bad: ['', 'AC1', `SK${'0a'.repeat(16)}`] },
  'sms.twilio.authToken': { good: [null, 'a1'], bad: ['', 'a b', 1] },
  'sms.twilio.from': { good: [null, '+15551234567', 'My Shop'], bad: ['', '+1', 'much too long a name'] },
  'sms.twilio.messagingServiceSid': { good: [null, `MG${'0a'.repeat(16)}`], bad: ['', 'MG1'] },
  'sms.twilio.text': { good: ['{code}', 'a\n{code} {minutes}'], bad: ['', 'code', `{code}${'x'.repeat(300)}`, null] },
  'sms.webhook.url': { good: [null, 'https://h/sms', 'http://127.0.0.1:1/x'], bad: ['', 'http://h/sms', 'h'] },
  'sms.webhook.secrets': {
    good: [null, [`whsec_${'a'.repeat(32)}`], [`whsec_${'a'.repeat(43)}=`, `whsec_${'b'.repeat(32)}`]],
    bad: [[], ['a'.repeat(32)], ['whsec_short'], [`whsec_${'a'.repeat(32)}`, `whsec_${'a'.repeat(32)}`]],
  },
  'sms.webhook.text': { good: ['{code}'], bad: ['', 'code', null] },
  'sms.consoleInProduction': { good: [true], bad: ['yes', 1, null] },
  'sms.connectTimeoutMs': { good: [1], bad: [0] },
  'sms.timeoutMs': { good: [86_400_000], bad: [0] },
  'sms.rateLimit': { good: [null, '1/s', '100/m', '999999/h'], bad: ['', '0/m', '10', '10/d', '1.5/s', 10] },
  'sms.onUncertain': { good: ['retry', 'fail'], bad: ['again', '', null, false] },
  'sms.yuntongxun.baseUrl': {
    good: ['https://h/api/', 'http://127.0.0.1:1234', 'http://localhost', 'http://[::1]:1'],
    bad: ['', 'http://h', 'http://127.example', 'http://128.0.0.1', 'https:h', 'https://h?a=1', 'https://u:p@h', null],
  },
  'sms.yuntongxun.accountSid': { good: [null, 'a1'], bad: ['', 'a/b', 1] },
  'sms.yuntongxun.authToken': { good: [null, 'a1'], bad: ['', 'a b', 1] },
  'sms.yuntongxun.appId': { good: [null, 'a1'], bad: ['', 'a b', 1] },
  'sms.yuntongxun.templateId': { good: ['12'], bad: ['', 1, null] },
  'metrics.port': { good: [null, 0, 9464], bad: [-1, 65_536, '9464'] },
  'metrics.host': { good: ['0.0.0.0', '::1'], bad: ['', 'a b', null] },
  'monitor.enabled': { good: [false], bad: ['false', 1, null] },
  'monitor.token': {
    good: [null, 't'.repeat(32), 't'.repeat(256)],
    bad: ['', 't'.repeat(31), 't'.repeat(257), `${'t'.repeat(32)} `, `${'t'.repeat(31)}长`, 1],
  },
  'monitor.hosts': {
    good: [null, ['monitor.example'], ['LOCALHOST', '10.0.0.5:3000', '[fd00::1]:65535']],
    bad: [
      [],
      [''],
      ['a', 'a'],
      ['https://a'],
      ['a/'],
      ['a:'],
      ['a:0'],
      ['a:65536'],
      ['*.example'],
      ['a b'],
      ['a,b'],
      ['fd00::1'],
      ['a.'],
      'a',
    ],
  },
  'monitor.sessionHours': { good: [1, 720], bad: [0, 721, 1.5, null] },
  'monitor.historyHours': { good: [1, 168], bad: [0, 169, null] },
  'log.level': { good: ['debug', 'warn', 'error', 'silent'], bad: ['warning', '', null] },
  'secrets.sessionKeys': { good: [null, ['k'], ['k', 'l']], bad: [[], [''], ['k', 'k'], 'k'] },
  'secrets.codeKey': { good: [null, 'k'], bad: ['', 1] },
}
const paths = Object.keys(cases)

describe('config/schema', () => {
  it('has the settings that the defaults have, and no others', () => {
    expect(leaves(settingNodes)).to.deep.equal(leaves(defaults))
    expect(leaves(defaults)).to.have.length.above(40)
    expect([...paths].toSorted()).to.deep.equal(leaves(defaults))
  })

  it('says for each setting what is expected', () => {
    for (const path of paths) {
      const node = valueAt(settingNodes, path)
      expect(Joi.isSchema(node), path).to.equal(true)
      if (Joi.isSchema(node)) expect(noteOf(node).expected, path).to.match(/^\S.*\S$/)
    }
  })

  it('takes the defaults', () => {
    expect(check({})).to.deep.equal(defaults)
  })

  for (const [path, { good, bad }] of Object.entries(cases)) {
    it(`${path}: takes what is right, names what is wrong`, () => {
      for (const value of good) expect(() => check(at(path, value)), JSON.stringify(value)).not.to.throw()
      expect(bad).not.to.deep.equal([])
      for (const value of bad) {
        const faults = faultsIn(at(path, value))
        expect(faults, JSON.stringify(value)).to.have.length(1)
        expect(faults[0]).to.include({ setting: path, source: 'config/test.ts' })
      }
    })
  }
})

/** Dotted paths of all that is not a group, in order. */
function leaves(tree: unknown, prefix = ''): string[] {
  if (!isGroup(tree) || Joi.isSchema(tree)) return [prefix.slice(0, -1)]
  return Object.entries(tree)
    .flatMap(([name, inner]) => leaves(inner, `${prefix}${name}.`))
    .toSorted()
}
