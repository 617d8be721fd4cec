import { expect } from 'chai'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile, receivedCode } from './journey.ts'

describe('a rate limit of SMS', function () {
  this.timeout(60_000)
  let service: Service

  before(async () => {
    service = await startService({ args: ['-c', '2', '-n', 'shop'], env: { SMS_RATE_LIMIT: '1/h' } })
  })
  after(() => service?.stop())

  it('makes no request wait; the SMS is sent when its turn comes', async () => {
    const [codes, broker] = [service.redis(databases.codes), service.redis(databases.broker)]
    const browser = createBrowser(service.url)
    const [first, second] = [newMobile(), newMobile()]
    expectOk(await askForCode(codes, browser, first))
    await receivedCode(service, first)
    expectOk(await askForCode(codes, browser, second))
    const waiting = (): Promise<Record<string, string>> => broker.hgetall('lovage:eta:celery,limited')
    await eventually(async () => expect(await waiting()).to.deep.equal({ ccp_send_sms_code: '1' }))
    expect(service.smsCodes(second)).to.deep.equal([])
    const words = ['control', 'rate_limit', 'ccp_send_sms_code', '600/m', '--data-dir', service.dataDir]
    expect((await runProgram(words)).stdout).to.equal('->  shop: OK\n        new rate limit set successfully\n')
    await receivedCode(service, second)
    expect(await waiting()).to.deep.equal({})
  })
})
