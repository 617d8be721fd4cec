import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser, type Answer, type Browser } from '../support/cookie-jar.ts'
import { startService, type Service } from '../support/service.ts'
import { databases, expectError, expectOk, getCode, newUsername, registrationOf } from './journey.ts'

describe('registrations at the same time', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let browser: Browser

  before(async () => {
    service = await startService()
    codes = service.redis(databases.codes)
    browser = createBrowser(service.url)
  })
  after(() => service?.stop())

  const register = (form: object): Promise<Answer> => createBrowser(service.url).post('/register', form)
  const count = async (path: string): Promise<unknown> => expectOk(await browser.get(path))['count']

  /** All at once; a login flood's 503 is a try that is made again, as its Retry-After says. */
  async function expectOneAccount(forms: object[], error: string, errmsg: string): Promise<void> {
    const answers = await Promise.all(
      forms.map(async (form) => {
        for (;;) {
          const answer = await register(form)
          if (answer.status !== 503) return answer
          expect(answer.json()['error']).to.equal('BUSY')
          await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('Retry-After')) * 1_000))
        }
      }),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).to.have.length(forms.length - 1)
    for (const answer of refused) {
      expectError(answer, 400, error, errmsg)
      expect(answer.setCookies).to.deep.equal([])
    }
  }

  it('with one code make one account', async () => {
    const first = registrationOf()
    first.sms_code = await getCode(service, codes, browser, first.mobile)
    const second = { ...first, username: newUsername() }
    const answers = await Promise.all([register(first), register(second)])
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).to.have.length(1)
    for (const answer of refused) expectError(answer, 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    const counts = await Promise.all([first, second].map(({ username }) => count(`/usernames/${username}/count`)))
    expect(counts).to.have.members([0, 1])
    expect(await count(`/mobiles/${first.mobile}/count`)).to.equal(1)
  })

  it('of one name, twenty of them, make one account; the others keep their codes', async () => {
    const username = newUsername()
    const forms = Array.from({ length: 20 }, () => registrationOf({ username }))
    await Promise.all(
      forms.map(async (form) => {
        form.sms_code = await getCode(service, codes, browser, form.mobile)
      }),
    )
    const answers = await Promise.all(forms.map(register))
    const losers = forms.filter((_form, index) => answers[index]?.status !== 200)
    expect(losers).to.have.length(19)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectError(answer, 400, 'USERNAME_TAKEN', '用户名已存在')
      expect(answer.setCookies).to.deep.equal([])
    }
    expect(await count(`/usernames/${username}/count`)).to.equal(1)

    const [loser] = losers
    expectOk(await register({ ...loser, username: newUsername() }))
  })

  it('of one name, two hundred of them, make one account; the others keep their codes', async () => {
    const username = newUsername()
    const forms = Array.from({ length: 200 }, () => registrationOf({ username }))
    for (const form of forms) form.sms_code = await getCode(service, codes, browser, form.mobile)
    await expectOneAccount(forms, 'USERNAME_TAKEN', '用户名已存在')
    expect(await count(`/usernames/${username}/count`)).to.equal(1)
    const mobiles = await Promise.all(forms.map(({ mobile }) => count(`/mobiles/${mobile}/count`)))
    expect(mobiles.filter((found) => found === 1)).to.have.length(1)
  })

  it('of one mobile under two hundred names make one account', async () => {
    const { mobile } = registrationOf()
    const code = await getCode(service, codes, browser, mobile)
    const forms = Array.from({ length: 200 }, () => ({ ...registrationOf({ mobile }), sms_code: code }))
    await expectOneAccount(forms, 'SMS_CODE_EXPIRED', '短信验证码过期！')
    expect(await count(`/mobiles/${mobile}/count`)).to.equal(1)
    const names = await Promise.all(forms.map(({ username }) => count(`/usernames/${username}/count`)))
    expect(names.filter((found) => found === 1)).to.have.length(1)
  })

  it('for one mobile, asked for at once, send one code', async () => {
    const { mobile } = registrationOf()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => getCode(service, codes, createBrowser(service.url), mobile).catch(() => null)),
    )
    expect(answers.filter((code) => code !== null)).to.have.length(1)
    expect(service.smsCodes(mobile)).to.have.length(1)
  })
})
