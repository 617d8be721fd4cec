import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import type { Answer } from '../../support/cookie-jar.ts'
import { startRedis } from '../../support/redis-server.ts'
import {
  askForCode,
  expectError,
  expectOk,
  getCode,
  newMobile,
  newUsername,
  readCaptcha,
  registerAccount,
  registrationOf,
  type RegistrationForm,
} from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'
import { lockForWriting } from './lock-for-writing.ts'

const UUID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'

const expectUnavailable = (answer: Answer) => expectError(answer, 503, 'UNAVAILABLE', '服务暂不可用')

describe('when something is away', () => {
  let backing: Backing
  let app: RunningApp
  let account: RegistrationForm

  beforeEach(async () => {
    backing = await createBacking()
    app = await backing.serve({ codes: { resendSeconds: null } })
    account = await registerAccount(backing, app)
  })
  afterEach(() => backing.close())

  /** Every request that needs Redis. */
  const requests: [what: string, ask: () => Promise<Answer>][] = [
    ['GET /image_codes', () => app.browser.get(`/image_codes/${UUID}`)],
    [
      'POST /sms_codes',
      () => app.browser.post('/sms_codes', { mobile: newMobile(), image_code: 'AAAA', image_code_id: UUID }),
    ],
    ['POST /register', () => app.browser.post('/register', registrationOf())],
    ['POST /login', () => app.browser.post('/login', { username: account.username, password: account.password })],
    ['GET /info', () => app.browser.get('/info')],
    ['DELETE /logout', () => app.browser.delete('/logout')],
  ]

  describe('Redis', () => {
    it('is told with 503, and in the log without secrets', async () => {
      await backing.redis.stop()
      app.log.length = 0
      for (const [, ask] of requests) expectUnavailable(await ask())
      const warnings = app.log.filter(({ level }) => level === 'warn')
      expect(warnings).to.have.length(requests.length)
      expect(warnings[0]?.fields).to.include.keys('requestId', 'route', 'reason')
      expect(app.log.filter(({ level }) => level === 'error')).to.deep.equal([])
    })

    it('does not matter to what does not need it', async () => {
      await backing.redis.stop()
      expectOk(await app.browser.get('/usernames/somebody/count'))
      app.browser.cookies.clear()
      expectError(await app.browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
      expectOk(await app.browser.delete('/logout'))
    })

    it('lets nobody try passwords that are not counted', async () => {
      await backing.redis.stop()
      const wrong = { username: account.username, password: 'wrong_password' }
      expectUnavailable(await app.browser.post('/login', wrong))
      app.browser.cookies.clear()
      expectUnavailable(await app.browser.post('/login', wrong))
    })

    it('is 503 as well when it hangs, and all is well when it goes on', async () => {
      process.kill(backing.redis.pid, 'SIGSTOP')
      try {
        await Promise.all(requests.map(async ([, ask]) => expectUnavailable(await ask())))
      } finally {
        process.kill(backing.redis.pid, 'SIGCONT')
      }
      await eventually(() => app.redisIsBack())
      await registerAccount(backing, app)
    })

    it('is 503 as well when it takes no writes', async () => {
      await backing.inspector.replicaof('127.0.0.1', 1)
      for (const [what, ask] of requests) if (what !== 'GET /info') expectUnavailable(await ask())
    })

    it('is 503 as well when it is full, and then the code goes back', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      await backing.inspector.config('SET', 'maxmemory', '1')
      expectUnavailable(await app.browser.get(`/image_codes/${UUID}`))
      // The code is accepted, as that only removes; the session is what finds no room.
      expectUnavailable(await app.browser.post('/register', form))
      await backing.inspector.config('SET', 'maxmemory', '0')
      expectOk(await app.browser.post('/register', form))
    })

    it('gives the flag back when the code cannot be stored', async () => {
      const limited = await backing.serve()
      const mobile = newMobile()
      const { id, text } = await readCaptcha(backing, limited.browser)
      await backing.inspector.set(`sms_${mobile}`, 'no hash')
      const answer = await limited.browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id })
      expect(answer.status).to.equal(500)
      expect(await backing.inspector.exists(`send_flag_${mobile}`)).to.equal(0)
      expect(limited.sent).to.deep.equal([])
    })
  })

  describe("the sessions' Redis", () => {
    it('undoes a registration that cannot be logged in: no account stays, and the code goes back', async () => {
      const sessionsRedis = await startRedis()
      try {
        const split = await backing.serve({ sessionsRedis })
        const form = registrationOf()
        form.sms_code = await getCode(backing, split, form.mobile)
        await sessionsRedis.stop()
        expectUnavailable(await split.browser.post('/register', form))
        expect(await backing.users.countByUsername(form.username)).to.equal(0)
        expectOk(await app.browser.post('/register', form))
      } finally {
        await sessionsRedis.stop()
      }
    })
  })

  describe('the database', () => {
    it('is told with 503, and the code goes back', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const release = await lockForWriting(backing)
      expectUnavailable(await app.browser.post('/register', form))
      await release()
      expectOk(await app.browser.post('/register', form))
    })
  })

  describe('room on the disk', () => {
    it('is told with 503, and the code goes back; whoever has an account logs in', async () => {
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const pages = async (sql: string) => backing.database.query(sql)
      const [[row]] = await pages('PRAGMA page_count')
      await pages(`PRAGMA max_page_count = ${Object(row).page_count}`)
      // Until the last page is full.
      const filled = await fill(backing)
      expect(String(filled)).to.include('SQLITE_FULL')
      const answer = await app.browser.post('/register', form)
      expectUnavailable(answer)
      expect(answer.headers.get('Retry-After')).to.equal('5')
      expectOk(await app.browser.post('/login', { username: account.username, password: account.password }))
      await pages('PRAGMA max_page_count = 1000000')
      expectOk(await app.browser.post('/register', form))
    })
  })

  describe('a processor for the password', () => {
    it('is told with 503 when too many wait, and the code goes back', async () => {
      const busy = await backing.serve({ accounts: { bcryptCost: 13, hashesWaiting: 0 } })
      const form = registrationOf()
      form.sms_code = await getCode(backing, busy, form.mobile)
      const logins = Array.from({ length: 6 }, () =>
        busy.browser.post('/login', { username: newUsername(), password: 'some_password' }),
      )
      const refused = await Promise.race(logins)
      expectError(refused, 503, 'BUSY', '系统繁忙，请稍后再试')
      expect(refused.headers.get('Retry-After')).to.equal('1')
      expectError(await busy.browser.post('/register', form), 503, 'BUSY', '系统繁忙，请稍后再试')
      const statuses = (await Promise.all(logins)).map(({ status }) => status)
      expect(statuses).to.include(401)
      expectOk(await busy.browser.post('/register', form))
    })
  })

  describe('nothing, but the program is wrong', () => {
    it('answers 500 with the id of the request, and tells the rest to the log alone', async () => {
      await backing.database.query('ALTER TABLE tb_users RENAME TO elsewhere')
      const mobile = newMobile()
      const code = await getCode(backing, app, mobile)
      app.log.length = 0
      const answer = await app.browser.post('/register', registrationOf({ mobile, sms_code: code }))
      const requestId = answer.headers.get('X-Request-Id')
      const { code: number, ...body } = answer.json()
      expect(answer.status).to.equal(500)
      expect(number).to.equal(5000)
      expect(body).to.deep.equal({ errmsg: '服务器内部错误', error: 'INTERNAL', request_id: requestId })
      const line = app.log.find(({ level }) => level === 'error')
      expect(line?.fields).to.include({ requestId, route: '/register' })
      expect(JSON.stringify(line)).to.include('no such table').and.not.include(mobile)
      expect(await backing.inspector.exists(`sms_${mobile}`), 'the code goes back').to.equal(1)
    })

    it('answers 500 to a script that fails', async () => {
      const mobile = newMobile()
      await backing.inspector.set(`sms_${mobile}`, 'no hash')
      const answer = await app.browser.post('/register', registrationOf({ mobile }))
      expectError(answer, 500, 'INTERNAL', '服务器内部错误')
      expect((await askForCode(backing, app, mobile)).status).to.equal(500)
    })
  })
})

/** Creates accounts until there is no room. @returns why there is none */
async function fill({ users }: Backing): Promise<unknown> {
  for (;;) {
    try {
      await users.create({ username: newUsername(), mobile: newMobile(), passwordHash: 'x'.repeat(60) })
    } catch (error) {
      return error
    }
  }
}
