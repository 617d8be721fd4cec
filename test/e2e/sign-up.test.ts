import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { openDatabase } from '../../src/app/database.ts'
import { Users } from '../../src/app/users.ts'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { MemoryLog } from '../support/engine.ts'
import { startService, type Service } from '../support/service.ts'
import {
  askForCode,
  databases,
  expectError,
  expectOk,
  getCode,
  newMobile,
  newUsername,
  readCaptcha,
  receivedCode,
  registrationOf,
} from './journey.ts'
import { expectMessages, resultOf } from './queue.ts'

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

describe('a sign-up on the running service', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let broker: Redis
  let browser: Browser

  before(async () => {
    service = await startService()
    codes = service.redis(databases.codes)
    broker = service.redis(databases.broker)
  })
  after(() => service?.stop())
  beforeEach(() => {
    browser = createBrowser(service.url)
  })

  it('shows a captcha whose text only Redis knows', async () => {
    const id = '0b5ac3ab-2e53-4e0a-9d8b-0d6ac1cd0f5e'
    const answer = await browser.get(`/image_codes/${id}`)
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('Content-Type')).to.equal('image/png')
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    expect(answer.bytes.subarray(0, PNG.length).equals(PNG)).to.equal(true)
    expect(await codes.get(`img_${id}`)).to.match(/^[A-Z0-9]{4}$/)
    expect(await codes.ttl(`img_${id}`)).to.be.within(290, 300)
  })

  it('goes from the captcha to an account, out and in again', async () => {
    const form = registrationOf()
    const sent = expectOk(await askForCode(codes, browser, form.mobile))
    expect(sent['retry_after']).to.equal(60)
    form.sms_code = await receivedCode(service, form.mobile)
    const task = await resultOf(broker, String(sent['task_id']))
    expect(task).to.include({ status: 'SUCCESS', result: 0, task_id: sent['task_id'] })

    const registered = await browser.post('/register', form)
    expectOk(registered)
    const cookies = registered.setCookies.map(({ name }) => name)
    expect(cookies).to.have.members(['sessionid', 'sessionid.sig', 'username', 'deviceid'])
    expect(browser.cookies.get('username')?.value).to.equal(form.username)
    expect(await storedHash(form.username)).to.match(/^\$2b\$04\$.{53}$/)

    const info = { username: form.username, mobile: `138****${form.mobile.slice(-4)}` }
    expect(expectOk(await browser.get('/info'))['info_data']).to.deep.equal(info)
    const counted = await browser.get(`/usernames/${form.username}/count`)
    expect(expectOk(counted)['count']).to.equal(1)

    expectOk(await browser.delete('/logout'))
    expect([...browser.cookies.keys()]).to.deep.equal(['deviceid'])
    expectError(await browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')

    for (const name of [form.username, form.mobile]) {
      const other = createBrowser(service.url)
      expectOk(await other.post('/login', { username: name, password: form.password, remembered: true }))
      expect(expectOk(await other.get('/info'))['info_data']).to.deep.equal(info)
    }
  })

  it('says that a name is taken, and takes the same code for another name', async () => {
    const first = registrationOf()
    first.sms_code = await getCode(service, codes, browser, first.mobile)
    expectOk(await browser.post('/register', first))

    const second = registrationOf({ username: first.username })
    second.sms_code = await getCode(service, codes, browser, second.mobile)
    const refused = await createBrowser(service.url).post('/register', second)
    expectError(refused, 400, 'USERNAME_TAKEN', '用户名已存在')
    expect(refused.setCookies).to.deep.equal([])
    second.username = newUsername()
    expectOk(await createBrowser(service.url).post('/register', second))
    expectError(await browser.post('/register', second), 400, 'SMS_CODE_EXPIRED', '短信验证码过期！')
  })

  it('sends a code for the form with everything in the address, too', async () => {
    const mobile = newMobile()
    const { id, text } = await readCaptcha(codes, browser)
    const query = new URLSearchParams({ image_code: text.toLowerCase(), image_code_id: id })
    expectOk(await browser.get(`/sms_codes/${mobile}?${query.toString()}`))
    const form = { ...registrationOf({ mobile }), sms_code: await receivedCode(service, mobile) }
    expectOk(await browser.post('/register', form))
  })

  it('serves the page that people sign up on', async () => {
    const page = await browser.get('/register.html')
    expect(page.status).to.equal(200)
    expect(page.text).to.match(/<script [^>]*type="module"/)
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text) ?? []
    expect((await browser.get(script)).status).to.equal(200)
  })

  it('leaves an empty queue, and nothing secret in the log', async () => {
    const form = registrationOf({ password: 'password_of_its_own' })
    form.sms_code = await getCode(service, codes, browser, form.mobile)
    expectOk(await browser.post('/register', form))
    await expectMessages(broker, { waiting: 0, claimed: 0 })
    // The request's own line comes after its answer.
    await service.printed.until(
      () => service.printed.log().findLast(({ route, status }) => route === '/register' && status === 200),
      'a line for the request',
    )
    // Ids are random, and might hold the same digits.
    const log = service.printed.stderr.replaceAll(/"(?:requestId|id|time)":"[^"]*"/g, '')
    expect(log).to.contain('ccp_send_sms_code')
    for (const secret of [form.sms_code, form.password, form.mobile]) expect(log).not.to.contain(secret)
    for (const { value } of browser.cookies.values()) if (value !== form.username) expect(log).not.to.contain(value)
    expect(log).not.to.match(/1[3-9]\d{9}/)
  })

  async function storedHash(username: string): Promise<string | undefined> {
    const database = await openDatabase(`sqlite:${join(service.dataDir, 'lovage.sqlite')}`, new MemoryLog())
    try {
      return (await new Users(database).findByUsername(username))?.passwordHash
    } finally {
      await database.close()
    }
  }
})
