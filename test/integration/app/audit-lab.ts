import { expect } from 'chai'
import { AuditTable, type StoredEntry } from '../../../src/app/audit/audit-table.ts'
import { AUDIT_EVENTS } from '../../../src/app/audit/events.ts'
import type { AuditSink } from '../../../src/app/audit/request-audit.ts'
import { AuditTrail } from '../../../src/app/audit/trail.ts'
import { createBrowser, type Answer, type Browser } from '../../support/cookie-jar.ts'
import { MemoryLog } from '../../support/engine.ts'
import { getCode, registerAccount, type RegistrationForm } from './app-fixtures.ts'
import { createBacking, noLoginDelays, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

export type Account = RegistrationForm & { id: number; browser: Browser }

/** What is of interest in an entry; the rest is the same in all. */
export type Told = Partial<
  Pick<StoredEntry, 'userId' | 'account' | 'mobile' | 'reason' | 'route' | 'times' | 'address'>
> & {
  event: keyof typeof AUDIT_EVENTS
}

export const masked = (mobile: string): string => `${mobile.slice(0, 3)}****${mobile.slice(-4)}`

/** What the tests of the audit work with; its hooks open and close it. */
export type AuditLab = ReturnType<typeof useAuditLab>

/** @param databaseUrl gives the address of a database; default: a new SQLite file */
export function useAuditLab(databaseUrl?: () => string) {
  let backing: Backing
  let app: RunningApp
  let table: AuditTable
  let trail: AuditTrail
  const log = new MemoryLog()
  /** Everything that was ever written, and what must not be there. */
  const all: StoredEntry[] = []
  const secrets = new Set<string>()

  const sink: AuditSink = { record: (entry) => trail.record(entry), refuse: (entry) => trail.refuse(entry) }
  const newTrail = (): AuditTrail => new AuditTrail({ table, settings: { days: 180, maxRows: 1_000_000 }, logger: log })
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

  return {
    get app() {
      return app
    },
    get backing() {
      return backing
    },
    get trail() {
      return trail
    },
    all,
    log,
    secrets,
    serve,
    written,
    expectTold,
    browserOf,
    newPassword,
    account,
    of,
    logIn,
    put,
    codeFor,
  }
}
