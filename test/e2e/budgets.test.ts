import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { createBrowser } from '../support/cookie-jar.ts'
import { startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectError, expectOk, newMobile, registrationOf } from './journey.ts'

/** As somebody has it who has set nothing. */
const asInstalled = { NODE_ENV: 'development', BCRYPT_COST: '4' }
const tooFrequent = [429, 'SMS_TOO_FREQUENT', '发送短信过于频繁'] as const

describe('the budgets of a service with its defaults', function () {
  this.timeout(60_000)
  const services: Service[] = []

  async function start(env: Record<string, string>): Promise<Service> {
    const service = await startService({ env })
    services.push(service)
    return service
  }
  after(async () => {
    for (const service of services) await service.stop()
  })

  it('let one address have 10 SMS an hour, through every one of its browsers', async () => {
    const service = await start(asInstalled)
    const codes = service.redis(databases.codes)
    for (let sms = 0; sms < 10; sms++) expectOk(await askForCode(codes, createBrowser(service.url), newMobile()))
    const answer = await askForCode(codes, createBrowser(service.url), newMobile())
    const { retry_after: retryAfter } = expectError(answer, ...tooFrequent)
    expect(retryAfter).to.be.within(3_500, 3_600)
    expect(answer.headers.get('Retry-After')).to.equal(String(retryAfter))
    // Who has a code may use it.
    const [mobile = ''] = (await codes.keys('sms_1*')).map((key) => key.slice('sms_'.length))
    const form = registrationOf({ mobile })
    form.sms_code = await service.printed.until(() => service.printed.smsCodes(mobile)[0], 'an SMS')
    expectOk(await createBrowser(service.url).post('/register', form))
  })

  it('count the client behind a trusted proxy, and nobody else who says so', async () => {
    const env = { ...asInstalled, TRUSTED_PROXIES: 'loopback', BUDGET_PICTURES_PER_ADDRESS_MINUTE: '3' }
    const service = await start(env)
    const picture = async (address: string): Promise<number> => {
      const headers = { 'X-Forwarded-For': `198.51.100.${Math.floor(Math.random() * 250)}, ${address}` }
      return (await createBrowser(service.url).get(`/image_codes/${randomUUID()}`, { headers })).status
    }
    const statuses: number[] = []
    for (let times = 0; times < 4; times++) statuses.push(await picture('2001:db8:0:1::7'))
    expect(statuses).to.deep.equal([200, 200, 200, 429])
    expect([await picture('2001:db8:0:1::8'), await picture('2001:db8:0:2::7')]).to.deep.equal([429, 200])
  })

  it('are named in the log where production has one switched off', async () => {
    const production = {
      NODE_ENV: 'production',
      SMS_CONSOLE_IN_PRODUCTION: '1',
      SESSION_KEYS: 'k'.repeat(32),
      CODE_KEY: 'c'.repeat(32),
      BUDGET_SMS_PER_MINUTE: 'none',
      SMS_RESEND_SECONDS: 'none',
    }
    const service = await start(production)
    const line = await service.printed.until(() => service.printed.log().find((entry) => 'off' in entry), 'a warning')
    expect(line).to.deep.include({ level: 40, off: ['codes.resendSeconds', 'budgets.smsPerMinute'] })
  })
})
