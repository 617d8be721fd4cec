import { expect } from 'chai'
import { Redis } from 'ioredis'
import { SmsCodes } from '../../../src/app/codes/sms-codes.ts'
import { AppError } from '../../../src/app/errors.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { askForCode, expectError, expectOk, getCode, newMobile, registrationOf, wrongCode } from './app-fixtures.ts'
import { createBacking } from './app-harness.ts'

const day = 86_400

describe('wrong SMS codes', () => {
  let server: RedisServer
  let redis: Redis
  let codes: SmsCodes
  let mobile: string

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
    codes = new SmsCodes(redis, { hmacKey: 'key', ttlSeconds: 300, tries: 5, wrongPerDay: 20 })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    mobile = newMobile()
  })

  /** What becomes of a try: an outcome, or the seconds of its refusal. */
  async function tryCode(code: string, of = codes): Promise<string | number> {
    try {
      return (await of.accept('register', mobile, code)).outcome
    } catch (error) {
      if (!(error instanceof AppError) || error.error !== 'TOO_MANY_REQUESTS') throw error
      return error.retryAfterSeconds ?? Number.NaN
    }
  }

  /** Six digits that no code of these tests has. */
  const guess = (index: number): string => String(500_000 + index)
  const countOf = (answers: (string | number)[], wanted: string): number =>
    answers.filter((answer) => answer === wanted).length

  it('get 5 tries of a code, however many guess at once', async () => {
    const clients = Array.from({ length: 4 }, () => redis.duplicate())
    try {
      const processes = clients.map(
        (client) => new SmsCodes(client, { hmacKey: 'key', ttlSeconds: 300, tries: 5, wrongPerDay: 20 }),
      )
      await codes.store('register', mobile, '123456')
      const answers = await Promise.all(
        Array.from({ length: 10_000 }, (_, index) => tryCode(guess(index), processes[index % processes.length])),
      )
      expect(countOf(answers, 'wrong')).to.equal(5)
      expect(countOf(answers, 'expired')).to.equal(9_995)
      expect(await redis.exists(`sms_${mobile}`)).to.equal(0)
    } finally {
      for (const client of clients) client.disconnect()
    }
  })

  it('get 20 a day over all codes; then the right one is refused as well, and nothing is counted', async () => {
    const answers: (string | number)[] = []
    for (let code = 0; code < 8; code++) {
      await codes.store('register', mobile, '123456')
      answers.push(...(await Promise.all(Array.from({ length: 1_250 }, (_, index) => tryCode(guess(index))))))
    }
    expect(countOf(answers, 'wrong')).to.equal(20)
    const key = `budget_wrong_codes_${mobile}`
    expect(await redis.zcard(key)).to.equal(20)
    expect(await redis.ttl(key)).to.be.within(day - 20, day)
    expect(await tryCode('123456')).to.be.within(day - 20, day)

    // Tries in vain do not make it last longer: it ends when the first of the 20 is a day old.
    for (const token of await redis.zrange(key, '0', '0')) await redis.zincrby(key, -(day - 100) * 1000, token)
    expect(await tryCode('123456')).to.be.within(80, 100)
    for (const token of await redis.zrange(key, '0', '0')) await redis.zincrby(key, -100_000, token)
    expect(await tryCode('123456')).to.equal('accepted')
  })

  it('do not count where there is no code, nor for another mobile', async () => {
    for (let index = 0; index < 25; index++) expect(await tryCode(guess(index))).to.equal('expired')
    expect(await redis.exists(`budget_wrong_codes_${mobile}`)).to.equal(0)
    await codes.store('register', mobile, '123456')
    expect(await tryCode('123456')).to.equal('accepted')
  })

  it('are bounded by each code alone where the budget is off', async () => {
    const unbounded = new SmsCodes(redis, { hmacKey: 'key', ttlSeconds: 300, tries: 5, wrongPerDay: null })
    for (let code = 0; code < 6; code++) {
      await unbounded.store('register', mobile, '123456')
      for (let index = 0; index < 5; index++) expect(await tryCode(guess(index), unbounded)).to.equal('wrong')
    }
    await unbounded.store('register', mobile, '123456')
    expect(await tryCode('123456', unbounded)).to.equal('accepted')
    expect(await redis.exists(`budget_wrong_codes_${mobile}`)).to.equal(0)
  })

  it('are told with 429 and Retry-After by register; until then no other code is sent', async () => {
    const backing = await createBacking()
    try {
      const app = await backing.serve({ budgets: { wrongCodesPerMobileDay: 2 }, codes: { resendSeconds: null } })
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const wrong = { ...form, sms_code: wrongCode(form.sms_code) }
      for (let times = 0; times < 2; times++) {
        expectError(await app.browser.post('/register', wrong), 400, 'SMS_CODE_WRONG', '短信验证码有误！')
      }
      for (const refused of [wrong, form]) {
        const answer = await app.browser.post('/register', refused)
        expectError(answer, 429, 'TOO_MANY_REQUESTS', '请求过于频繁')
        expect(Number(answer.headers.get('Retry-After'))).to.be.within(day - 20, day)
      }
      const answer = await askForCode(backing, app, form.mobile)
      expectError(answer, 429, 'SMS_TOO_FREQUENT', '发送短信过于频繁')
      expect(answer.json()['retry_after']).to.be.within(day - 20, day)
      expect(app.sent).to.have.length(1)
      expect(app.budgetFigures().refused).to.include({ wrongCodes: 1, resend: 0 })

      await backing.inspector.del(`budget_wrong_codes_${form.mobile}`)
      expectOk(await app.browser.post('/register', form))
    } finally {
      await backing.close()
    }
  })
})
