import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { AuditTable, type StoredEntry } from '../../../src/app/audit/audit-table.ts'
import { AUDIT_EVENTS } from '../../../src/app/audit/events.ts'
import type { AuditSink } from '../../../src/app/audit/request-audit.ts'
import { AuditTrail } from '../../../src/app/audit/trail.ts'
import { publicIdOf } from '../../../src/app/sessions/session-records.ts'
import { createBrowser, type Answer, type Browser } from '../../support/cookie-jar.ts'
import { MemoryLog } from '../../support/engine.ts'
import {
  expectOk,
  getCode,
  newMobile,
  newUsername,
  readCaptcha,
  registerAccount,
  registrationOf,
  wrongCode,
  type RegistrationForm,
} from './app-fixtures.ts'
import { createBacking, noLoginDelays, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

type Account = RegistrationForm & { id: number; browser: Browser }

/** What is of interest in an entry; the rest is the same in all. */
type Told = Partial<Pick<StoredEntry, 'userId' | 'account' | 'mobile' | 'reason' | 'route' | 'times' | 'address'>> & {
  event: keyof typeof AUDIT_EVENTS
}

const masked = (mobile: string): string => `${mobile.slice(0, 3)}****${mobile.slice(-4)}`

/**
 * What the audit is told of everything that requests do, on every database.
 *
 * @param databaseUrl gives the address of a database; default: a new SQLite file
 */
export function describeAudit(databaseName: string, databaseUrl?: () => string): void {
  describe(`the audit on ${databaseName}`, () => {
    let backing: Backing
    let app: RunningApp
    let table: AuditTable
    let trail: AuditTrail
    const log = new MemoryLog()
    /** Everything that was ever written, and what must not be there. */
    const all: StoredEntry[] = []
    const secrets = new Set<string>()

    const sink: AuditSink = { record: (entry) => trail.record(entry), refuse: (entry) => trail.refuse(entry) }
    const newTrail = (): AuditTrail =>
      new AuditTrail({ table, settings: { days: 180, maxRows: 1_000_000 }, logger: log })
    const serve = (options: AppOptions = {}) =>
      backing.serve({
        audit: sink,
        http: { trustedProxies: ['loopback'] },
        codes: { resendSeconds: null },
        accounts: { loginDelays: noLoginDelays },
        budgets: { wrongCodesPerMobileDay: null, smsPerMobileHour: null, smsPerMobileDay: null },
        ...options,
      })

    before(async () => {
      backing = await createBacking(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl() })
      table = new AuditTable(backing.database)
      trail = newTrail()
      app = await serve()
    })
    after(() => backing.close())

    /** Does something, and reads what was written of it, the oldest in front. */
    async function written(work: () => Promise<unknown>): Promise<StoredEntry[]> {
      await trail.close()
      await backing.database.query('DELETE FROM tb_audit')
      trail = newTrail()
      await work()
      await trail.close()
      const entries = (await table.list({}, 1_000)).toReversed()
      all.push(...entries)
      return entries
    }

    /** Does something of which just this is written. */
    async function expectTold(work: () => Promise<Answer>, ...told: Told[]): Promise<void> {
      let answer: Answer | undefined
      const entries = await written(async () => (answer = await work()))
      expect(entries).to.have.length(told.length)
      for (const [at, entry] of entries.entries()) {
        expect(entry).to.include({
          userId: null,
          account: null,
          actor: null,
          address: '127.0.0.1',
          reason: null,
          userAgent: 'node',
          times: 1,
          level: AUDIT_EVENTS[told[at]?.event ?? 'user_created'],
          requestId: answer?.headers.get('X-Request-Id'),
          ...told[at],
        })
        if (told[at]?.mobile === undefined && told[at]?.account === undefined) expect(entry.mobile).to.equal(null)
        expect(entry.at.getTime()).to.be.closeTo(Date.now(), 10_000)
      }
    }

    const browserOf = (from: RunningApp = app): Browser => createBrowser(from.url)
    const newPassword = (password: string) => ({ password, password2: password })

    async function account(from: RunningApp = app): Promise<Account> {
      const browser = browserOf(from)
      const form = await registerAccount(backing, { ...from, browser })
      const user = await backing.users.findByUsername(form.username)
      if (user === undefined) throw new Error('expected the account')
      for (const secret of [form.mobile, form.password, browser.cookies.get('sessionid')?.value ?? '']) {
        secrets.add(secret)
      }
      return { ...form, id: user.id, browser }
    }

    /** What is told of an account. */
    const of = ({ id, username, mobile }: Account) => ({ userId: id, account: username, mobile: masked(mobile) })
    const logIn = (username: string, password: string, from: RunningApp = app) =>
      browserOf(from).post('/login', { username, password })
    const put = ({ browser }: Account, path: string, json: object) => browser.request('PUT', path, { json })
    const codeFor = (mobile: string, purpose: 'register' | 'reset' | 'mobile', browser = browserOf()) =>
      getCode(backing, { ...app, browser }, mobile, purpose)

    describe('tells of accounts:', () => {
      it('one is registered', async () => {
        const form = registrationOf()
        form.sms_code = await codeFor(form.mobile, 'register')
        const told = { event: 'user_created', account: form.username, route: 'POST /register' } as const
        const [entry, ...others] = await written(async () => expectOk(await browserOf().post('/register', form)))
        expect(others).to.deep.equal([])
        expect(entry).to.include({ ...told, mobile: masked(form.mobile), reason: null, level: 'warn' })
        expect(entry?.userId).to.equal((await backing.users.findByUsername(form.username))?.id)
      })

      it('one is not, as its name or its mobile is taken, or the code is wrong', async () => {
        const { username, mobile } = await account()
        const form = registrationOf({ username })
        form.sms_code = await codeFor(form.mobile, 'register')
        const route = 'POST /register'
        const refused = (reason: string, of: string): Told => ({
          event: 'input_validation_fail',
          reason,
          route,
          mobile: masked(of),
        })
        const post = (change: object) => browserOf().post('/register', { ...form, ...change })
        await expectTold(() => post({}), refused('USERNAME_TAKEN', form.mobile))
        const code = await codeFor(mobile, 'register')
        const taken = { username: newUsername(), mobile, sms_code: code }
        await expectTold(() => post(taken), refused('MOBILE_TAKEN', mobile))
        await expectTold(() => post({ sms_code: wrongCode(form.sms_code) }), refused('SMS_CODE_WRONG', form.mobile))
        const other = newMobile()
        await expectTold(() => post({ mobile: other }), refused('SMS_CODE_EXPIRED', other))
        await expectTold(() => post({ mobile: '1' }), {
          event: 'input_validation_fail',
          reason: 'MOBILE_FORMAT',
          route,
        })
      })

      it('one changes its password, or does not', async () => {
        const user = await account()
        const route = 'PUT /password'
        const wrong = { event: 'authn_password_change_fail', route, ...of(user) } as const
        const change = { old_password: user.password, ...newPassword('another_one') }
        await expectTold(() => put(user, '/password', { ...change, old_password: 'a_wrong_password' }), {
          ...wrong,
          reason: 'PASSWORD_WRONG',
        })
        await expectTold(() => put(user, '/password', { ...change, password2: 'a_third_one' }), {
          ...wrong,
          reason: 'PASSWORD_MISMATCH',
        })
        await expectTold(() => put(user, '/password', change), {
          event: 'authn_password_change',
          reason: 'changed',
          route,
          ...of(user),
        })
      })

      it('one resets its password, or somebody does not', async () => {
        const user = await account()
        const route = 'POST /password/reset'
        const sms_code = await codeFor(user.mobile, 'reset')
        const reset = (change: object) =>
          browserOf().post('/password/reset', {
            mobile: user.mobile,
            sms_code,
            ...newPassword('another_one'),
            ...change,
          })
        const failed = { event: 'authn_password_change_fail', route } as const
        await expectTold(() => reset({ sms_code: wrongCode(sms_code) }), {
          ...failed,
          reason: 'SMS_CODE_WRONG',
          mobile: masked(user.mobile),
        })
        const nobody = newMobile()
        await expectTold(() => reset({ mobile: nobody }), {
          ...failed,
          reason: 'SMS_CODE_EXPIRED',
          mobile: masked(nobody),
        })
        await expectTold(() => reset({}), { event: 'authn_password_change', reason: 'reset', route, ...of(user) })
      })

      it('one that is disabled resets nothing', async () => {
        const user = await account()
        const sms_code = await codeFor(user.mobile, 'reset')
        await backing.users.setDisabled(user.id, true)
        const form = { mobile: user.mobile, sms_code, ...newPassword('another_one') }
        await expectTold(() => browserOf().post('/password/reset', form), {
          event: 'authn_password_change_fail',
          reason: 'SMS_CODE_EXPIRED',
          ...of(user),
        })
      })

      it('one changes its mobile, or does not', async () => {
        const user = await account()
        const next = newMobile()
        const sms_code = await codeFor(next, 'mobile', user.browser)
        const told = { route: 'PUT /mobile', ...of(user), mobile: masked(next) }
        const change = { mobile: next, sms_code, password: user.password }
        await expectTold(() => put(user, '/mobile', { ...change, password: 'a_wrong_password' }), {
          event: 'authn_login_fail',
          reason: 'PASSWORD_WRONG',
          ...told,
        })
        await expectTold(() => put(user, '/mobile', { ...change, sms_code: wrongCode(sms_code) }), {
          event: 'input_validation_fail',
          reason: 'SMS_CODE_WRONG',
          ...told,
        })
        const reason = `mobile, was ${masked(user.mobile)}`
        await expectTold(() => put(user, '/mobile', change), { event: 'user_updated', reason, ...told })
      })
    })

    describe('tells of logins:', () => {
      const route = 'POST /login'

      it('right ones, by name and by mobile', async () => {
        const user = await account()
        for (const name of [user.username, user.mobile]) {
          await expectTold(() => logIn(name, user.password), { event: 'authn_login_success', route, ...of(user) })
        }
      })

      it('wrong ones, without what was typed where it is no account', async () => {
        const user = await account()
        const wrong = { event: 'authn_login_fail', reason: 'LOGIN_WRONG', route } as const
        await expectTold(() => logIn(user.username, 'a_wrong_password'), { ...wrong, ...of(user) })
        secrets.add('typed_into_the_wrong_field')
        await expectTold(() => logIn('typed_into_the_wrong_field', 'a_wrong_password'), wrong)
        const nobody = newMobile()
        await expectTold(() => logIn(nobody, 'a_wrong_password'), { ...wrong, mobile: masked(nobody) })
        await expectTold(() => logIn('', ''), {
          event: 'input_validation_fail',
          reason: 'MISSING_PARAMETER',
          route,
        })
      })

      it('those of a disabled account, and what its sessions ask for', async () => {
        const user = await account()
        await backing.users.setDisabled(user.id, true)
        await expectTold(() => logIn(user.username, user.password), {
          event: 'authn_login_fail',
          reason: 'LOGIN_WRONG: disabled',
          ...of(user),
        })
        await expectTold(() => put(user, '/password', {}), {
          event: 'authz_fail',
          reason: 'LOGIN_REQUIRED',
          ...of(user),
        })
      })

      it('those that come too early, and too many of an address', async () => {
        const loginDelays = { ...noLoginDelays, freeTries: 1, firstSeconds: 100 }
        const slow = await serve({ accounts: { loginDelays } })
        const user = await account(slow)
        await logIn(user.username, 'a_wrong_password', slow)
        await expectTold(() => logIn(user.username, user.password, slow), {
          event: 'authn_login_fail_max',
          reason: 'TOO_MANY_REQUESTS: loginDelays',
          route,
          ...of(user),
        })
        const strict = await serve({ budgets: { loginsPerAddressMinute: 1 } })
        await logIn(user.username, user.password, strict)
        await expectTold(() => logIn(user.username, user.password, strict), {
          event: 'excess_rate_limit_exceeded',
          reason: 'TOO_MANY_REQUESTS: logins',
          route,
        })
      })
    })

    describe('tells of sessions:', () => {
      it('one is ended by logging out, and none by who has none', async () => {
        const { browser, id } = await account()
        for (const [method, told] of [
          ['DELETE', [{ event: 'session_expired', reason: 'logout', userId: id }]],
          ['POST', []],
        ] as const) {
          await expectTold(() => browser.request(method, '/logout'), ...told)
        }
      })

      it('one, or all others, are ended by the account', async () => {
        const user = await account()
        const other = browserOf()
        expectOk(await other.post('/login', { username: user.username, password: user.password }))
        const id = publicIdOf(other.cookies.get('sessionid')?.value ?? '')
        secrets.add(id)
        const end = () => user.browser.delete(`/sessions/${id}`)
        const told = { route: 'DELETE /sessions/:id', ...of(user) }
        await expectTold(end, { event: 'session_expired', reason: 'one', ...told })
        await expectTold(end, { event: 'authz_fail', reason: 'SESSION_UNKNOWN', ...told })
        await expectTold(() => user.browser.delete('/sessions'), {
          event: 'session_expired',
          reason: 'all others',
          route: 'DELETE /sessions',
          ...of(user),
        })
      })

      it('something is asked for without one; but not that pages ask who is there', async () => {
        await expectTold(() => browserOf().delete('/sessions'), {
          event: 'authz_fail',
          reason: 'LOGIN_REQUIRED',
          route: 'DELETE /sessions',
        })
        await expectTold(() => browserOf().get('/info'))
      })
    })

    describe('tells of SMS and captchas:', () => {
      const route = 'POST /sms_codes'

      it('a code is made, for what and for whom', async () => {
        const mobile = newMobile()
        const captcha = async () => {
          const { id, text } = await readCaptcha(backing, browserOf())
          return { image_code_id: id, image_code: text }
        }
        for (const purpose of ['register', 'reset'] as const) {
          const fields = { mobile, purpose, ...(await captcha()) }
          const told: Told = { event: 'authn_token_created', reason: purpose, route, mobile: masked(mobile) }
          await expectTold(() => browserOf().post('/sms_codes', fields), told)
        }
        const user = await account()
        const fields = { mobile, purpose: 'mobile', ...(await captcha()) }
        await expectTold(() => user.browser.post('/sms_codes', fields), {
          event: 'authn_token_created',
          reason: 'mobile',
          ...of(user),
          mobile: masked(mobile),
        })
      })

      it('a captcha is wrong, used or malformed, or a proof is, or the purpose', async () => {
        const { id } = await readCaptcha(backing, browserOf())
        const image_code = '0000'
        const mobile = newMobile()
        const post = (fields: object) => browserOf().post('/sms_codes', { mobile, ...fields })
        const refused = (reason: string, of?: string): Told => ({
          event: 'input_validation_fail',
          route,
          reason,
          ...(of !== undefined && { mobile: masked(of) }),
        })
        await expectTold(() => post({ image_code, image_code_id: id }), refused('CAPTCHA_WRONG', mobile))
        await expectTold(() => post({ image_code, image_code_id: id }), refused('CAPTCHA_EXPIRED', mobile))
        await expectTold(() => post({ image_code: '?', image_code_id: id }), refused('CAPTCHA_FORMAT'))
        await expectTold(() => post({ captcha_proof: 'x' }), refused('CAPTCHA_PROOF_FORMAT', mobile))
        const { challenge } = expectOk(await browserOf().get('/captcha/challenge')) as { challenge: object }
        const proof = { challenge, solution: { counter: 0, derivedKey: 'ab'.repeat(32) } }
        const captcha_proof = Buffer.from(JSON.stringify(proof)).toString('base64')
        await expectTold(() => post({ captcha_proof }), refused('CAPTCHA_PROOF_WRONG', mobile))
        await expectTold(() => post({ image_code, image_code_id: id, purpose: 'fun' }), {
          event: 'input_validation_discrete_fail',
          reason: 'PURPOSE_UNKNOWN',
          route,
        })
      })

      it('a mobile asks too soon, or has spent its wrong codes, and what counts and pictures are too many', async () => {
        const limited = await serve({
          codes: {},
          budgets: { wrongCodesPerMobileDay: 1, picturesPerAddressMinute: 1, countsPerAddressMinute: 1 },
        })
        const form = registrationOf()
        const browser = browserOf(limited)
        form.sms_code = await getCode(backing, { ...limited, browser }, form.mobile)
        const limit = (reason: string, route: string, mobile: string | null): Told => ({
          event: 'excess_rate_limit_exceeded',
          reason,
          route,
          mobile,
        })
        const { id, text } = await readCaptcha(backing, browserOf())
        const again = { mobile: form.mobile, image_code_id: id, image_code: text }
        await expectTold(
          () => browser.post('/sms_codes', again),
          limit('SMS_TOO_FREQUENT: resend', route, masked(form.mobile)),
        )
        await browser.post('/register', { ...form, sms_code: wrongCode(form.sms_code) })
        await expectTold(
          () => browser.post('/register', form),
          limit('TOO_MANY_REQUESTS: wrongCodes', 'POST /register', masked(form.mobile)),
        )
        await expectTold(
          () => browser.get(`/image_codes/${randomUUID()}`),
          limit('TOO_MANY_REQUESTS: pictures', 'GET /image_codes/:uuid', null),
        )
        await browser.get('/usernames/somebody/count')
        await expectTold(
          () => browser.get(`/mobiles/${newMobile()}/count`),
          limit('TOO_MANY_REQUESTS: counts', 'GET /mobiles/:mobile/count', null),
        )
      })

      it('the guard against SMS pumping refuses', async () => {
        const guarded = await serve({ budgets: { pumping: 'deny', pumpingCodes: 5 } })
        const mobileOf = (index: number): string => `1770000000${index}`
        // From addresses that have nothing to do with each other, nor with those of the other tests.
        const ask = async (index: number) => {
          const { id, text } = await readCaptcha(backing, browserOf())
          const form = { mobile: mobileOf(index), image_code_id: id, image_code: text }
          return browserOf(guarded).post('/sms_codes', form, { headers: { 'X-Forwarded-For': `198.51.${index}.1` } })
        }
        for (let index = 0; index < 5; index++) expectOk(await ask(index))
        await expectTold(() => ask(5), {
          event: 'excess_rate_limit_exceeded',
          reason: 'SMS_TOO_FREQUENT: pumpingPrefix',
          route,
          address: '198.51.5.1',
          mobile: masked(mobileOf(5)),
        })
      })
    })

    describe('tells of requests:', () => {
      const foreign = { headers: { 'Sec-Fetch-Site': 'cross-site' } }

      it('those of other sites, by the pattern of their route, whatever stands in the address', async () => {
        const told = { event: 'malicious_cors', reason: 'FOREIGN_SITE' } as const
        await expectTold(() => browserOf().post('/login', {}, foreign), { ...told, route: 'POST /login' })
        const mobile = newMobile()
        await expectTold(() => browserOf().get(`/sms_codes/${mobile}?image_code=ABCD`, foreign), {
          ...told,
          route: 'GET /sms_codes/:mobile',
        })
        await expectTold(() => browserOf().delete(`/sessions/${mobile}`, foreign), {
          ...told,
          route: 'DELETE /sessions/:id',
        })
        await expectTold(() => browserOf().post(`/nowhere/${mobile}`, {}, foreign), { ...told, route: 'POST (none)' })
      })

      it('those that can not be read', async () => {
        const headers = { 'Content-Type': 'application/json' }
        await expectTold(() => browserOf().request('POST', '/login', { body: '{', headers }), {
          event: 'input_validation_fail',
          reason: 'NOT_JSON',
          route: 'POST /login',
        })
      })

      it('but not what everybody gets wrong, nor what is asked and answered', async () => {
        for (const path of ['/nowhere', '/usernames/somebody/count', '/openapi.json', `/image_codes/${randomUUID()}`]) {
          await expectTold(() => browserOf().get(path))
        }
        await expectTold(() => browserOf().request('DELETE', '/login'))
      })

      it('those of the client behind a proxy, with its browser', async () => {
        const headers = { 'X-Forwarded-For': '2001:DB8::7', 'User-Agent': `${FIREFOX} 13812345678` }
        const [entry] = await written(() => browserOf().post('/login', { username: 'x', password: 'y' }, { headers }))
        expect(entry).to.include({ address: '2001:db8::7', userAgent: 'Firefox 140, Linux' })
        const named = { headers: { 'User-Agent': '13812345678/1.0' } }
        const [other] = await written(() => browserOf().post('/login', { username: 'x', password: 'y' }, named))
        expect(other).to.include({ userAgent: '138****5678/1.0' })
      })

      it('a flood of them by few entries', async () => {
        const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
        const attempt = (address: string) =>
          browserOf().post('/login', { username: 'nobody_here', password: 'guess_again' }, from(address))
        const entries = await written(async () => {
          for (let times = 0; times < 30; times++) await attempt('192.0.2.1')
          for (let host = 1; host <= 10; host++) await attempt(`2001:db8:1:2::${host}`)
          await attempt('192.0.2.2')
        })
        const shown = entries.map(({ address, times }) => `${address} ${times}`)
        expect(shown).to.have.members([
          '192.0.2.1 1',
          '192.0.2.1 29',
          '2001:db8:1:2::1 1',
          '2001:db8:1:2::2 9',
          '192.0.2.2 1',
        ])
        const repeated = entries.find(({ times }) => times === 29)
        expect(repeated?.lastAt?.getTime()).to.be.at.least(repeated?.at.getTime() ?? Infinity)
      })
    })

    describe('of all that', () => {
      it('tells no secret: in the table or in the log', () => {
        expect(all.length).to.be.greaterThan(50)
        expect(log.lines.length).to.be.greaterThan(all.length)
        for (const { code, mobile } of app.sent) for (const secret of [code, mobile]) secrets.add(secret)
        expect(secrets.size).to.be.greaterThan(30)
        secrets.delete('')
        const texts = [...all, ...log.lines.map(({ fields }) => fields)].map((each) => {
          const { requestId: _id, at: _at, lastAt: _lastAt, ...rest } = Object(each) as StoredEntry
          return JSON.stringify(rest)
        })
        for (const text of texts) {
          expect(text).not.to.match(/(?<!\d)1[3-9]\d{9}(?!\d)/)
          expect([...secrets].filter((secret) => text.includes(secret))).to.deep.equal([])
        }
      })
    })
  })
}
