import { expect } from 'chai'
import { aliyunAccount, aliyunAnswer, startFakeAliyun } from '../support/fake-aliyun.ts'
import type { FakeProvider } from '../support/fake-provider.ts'
import { startFakeTencent } from '../support/fake-tencent.ts'
import { runProgram } from '../support/service.ts'
import { aliyunEnvironment, tencentEnvironment } from './gateway-environment.ts'

const mobile = '13812345678'

describe('lovage sms', function () {
  this.timeout(60_000)
  let aliyun: FakeProvider
  let tencent: FakeProvider

  before(async () => {
    aliyun = await startFakeAliyun()
    tencent = await startFakeTencent()
  })
  after(() => Promise.all([aliyun.refuse(), tencent.refuse()]))
  afterEach(() => {
    aliyun.move = 'ok'
    aliyun.sent.length = 0
  })

  function run(words: string[], env: Record<string, string> = {}): ReturnType<typeof runProgram> {
    const accounts = { ...aliyunEnvironment(aliyun), ...tencentEnvironment(tencent) }
    return runProgram(['sms', ...words], { env: { SMS_GATEWAY: 'aliyun,tencent', ...accounts, ...env } })
  }

  it('check looks at settings, host, account and clock of each gateway, and sends nothing', async () => {
    const { code, stdout, stderr } = await run(['check'])
    expect([code, stderr]).to.deep.equal([0, ''])
    const host = aliyun.baseUrl.replace('http://', '')
    expect(stdout.split('\n').slice(0, 3)).to.deep.equal([
      'aliyun      settings  ok       complete',
      `aliyun      host      ok       ${host} is 127.0.0.1, and takes TCP connections`,
      'aliyun      account   ok       QuerySmsTemplate: the template is approved',
    ])
    expect(stdout).to.match(/^aliyun {6}clock {5}ok {7}this machine is [01] s (?:ahead of|behind) the provider$/m)
    expect(stdout).to.match(/^tencent {5}account {3}ok {7}DescribeSmsTemplateList: /m)
    expect([aliyun.sent, tencent.sent]).to.deep.equal([[], []])
  })

  it('check ends with 78 where the credentials are refused, and shows none', async () => {
    const env = { ALIYUN_ACCESS_KEY_SECRET: 'anotherSecret42' }
    const { code, stdout, stderr } = await run(['check', '--gateway', 'aliyun', '--json'], env)
    expect(code).to.equal(78)
    const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; reason: string }[] }
    const account = checks.find(({ check }) => check === 'account')
    expect(account).to.include({ state: 'failed' })
    expect(account?.reason).to.contain('SignatureDoesNotMatch')
    expect(stderr).to.equal('lovage: something is wrong with aliyun\n')
    expect(stdout + stderr).not.to.contain('anotherSecret42')
  })

  it('check ends with 69 where the host is not there', async () => {
    const { code, stdout } = await run(['check', '--gateway', 'aliyun'], { ALIYUN_BASE_URL: 'http://127.0.0.1:1' })
    expect(code).to.equal(69)
    expect(stdout).to.contain('aliyun      host      failed   127.0.0.1:1 can not be reached: ECONNREFUSED\n')
  })

  it('check and a start end with 78 where a setting is missing, and name its variable', async () => {
    const missing = { ALIYUN_SIGN_NAME: '', SMS_GATEWAY: 'aliyun' }
    const { code, stderr } = await run(['check'], missing)
    expect(code).to.equal(78)
    expect(stderr).to.contain(
      'sms.aliyun.signName (from default): expected the sign name, for the aliyun gateway (set ALIYUN_SIGN_NAME), came nothing',
    )
    const start = await runProgram(['worker'], { env: { ...aliyunEnvironment(aliyun), ...missing } })
    expect([start.code, start.stderr]).to.deep.equal([78, stderr])
  })

  it('send sends a code, and shows the number masked', async () => {
    const { code, stdout } = await run(['send', '--to', mobile, '--yes'])
    expect([code, stdout]).to.deep.equal([0, 'aliyun: 138****5678: accepted: OK\n'])
    expect(aliyun.sent.map(({ to }) => to)).to.deep.equal([mobile])
    expect(aliyun.sent[0]?.code).to.match(/^\d{6}$/)
  })

  it('send tells the class and the words of a refusal', async () => {
    aliyun.move = aliyunAnswer('isv.BUSINESS_LIMIT_CONTROL', 200, `触发分钟级流控 ${mobile}`)
    const { code, stdout, stderr } = await run(['send', '--to', mobile, '--gateway', 'aliyun', '--yes', '--json'])
    expect(code).to.equal(75)
    expect(JSON.parse(stdout)).to.deep.equal({
      gateway: 'aliyun',
      mobile: '138****5678',
      class: 'throttled',
      providerCode: 'isv.BUSINESS_LIMIT_CONTROL',
      reason: 'the provider refused with isv.BUSINESS_LIMIT_CONTROL: 触发分钟级流控 ***',
    })
    expect(stderr).to.equal('lovage: not sent to 138****5678\n')
    expect(stdout + stderr).not.to.contain(aliyunAccount.accessKeySecret)
  })

  it('send asks first, and sends nothing without an answer or to what is no number', async () => {
    const { code, stderr } = await run(['send', '--to', mobile])
    expect(code).to.equal(1)
    expect(stderr).to.contain('This sends a real SMS to 138****5678 through aliyun, tencent. It may cost money. Send?')
    expect(stderr).to.contain('expected --yes')
    const bad = await run(['send', '--to', '12a', '--yes'])
    expect([bad.code, bad.stderr]).to.deep.equal([
      2,
      'lovage: message.mobile: expected 5 to 20 digits, with or without a +, came a text of length 3\n',
    ])
    expect(aliyun.sent).to.deep.equal([])
  })
})
