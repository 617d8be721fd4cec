import { expect } from 'chai'
import { AuditTable } from '../../../src/app/audit/audit-table.ts'
import { entryOf } from '../../../src/app/audit/entry.ts'
import { AuditTrail, type TrailLimits } from '../../../src/app/audit/trail.ts'
import { createBrowser } from '../../support/cookie-jar.ts'
import { MemoryLog } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { expectError, expectOk, registerAccount } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'
import { lockForWriting } from './lock-for-writing.ts'

describe('the audit while its database is away', () => {
  let backing: Backing
  let table: AuditTable
  let log: MemoryLog
  let trail: AuditTrail
  let app: RunningApp

  beforeEach(async () => {
    backing = await createBacking()
    table = new AuditTable(backing.database)
  })
  afterEach(async () => {
    await trail.close()
    await backing.close()
  })

  async function serve(limits: Partial<TrailLimits> = {}): Promise<void> {
    log = new MemoryLog()
    trail = new AuditTrail({ table, settings: { days: 180, maxRows: 1_000 }, logger: log, limits })
    trail.start()
    app = await backing.serve({ audit: trail })
  }

  const told = (message: string) => log.lines.filter((line) => line.message.includes(message))
  const events = async () => (await table.list({}, 1_000)).map(({ event }) => event)
  /** A request that needs no database, and is an event. */
  const refused = async () =>
    expectError(await createBrowser(app.url).delete('/sessions'), 401, 'LOGIN_REQUIRED', '请登录后重试')

  it('answers, and writes later what was kept, as when another process writes for long', async () => {
    await serve({ writeEveryMs: 10 })
    const { username, password } = await registerAccount(backing, app)
    await trail.flush()
    const release = await lockForWriting(backing)
    expectOk(await app.browser.post('/login', { username, password }))
    await refused()
    await eventually(() => expect(told('can not be written')).to.have.length(1))
    expect(await events()).to.deep.equal(['user_created', 'authn_token_created'])
    await release()
    await eventually(() => expect(told('written again')).to.have.length(1))
    expect(await events()).to.deep.equal(['authz_fail', 'authn_login_success', 'user_created', 'authn_token_created'])
  })

  it('answers while there is no room on the disk, keeps so many entries, and tells how many were dropped', async () => {
    await serve({ writeEveryMs: 10, mostWaiting: 5 })
    const pages = async (sql: string) => backing.database.query(sql)
    const [[row]] = await pages('PRAGMA page_count')
    await pages(`PRAGMA max_page_count = ${Object(row).page_count}`)
    const facts = {
      event: 'user_updated',
      address: '192.0.2.7',
      route: 'PUT /mobile',
      reason: 'x'.repeat(100),
    } as const
    while (told('can not be written').length === 0) {
      trail.record(entryOf(facts))
      await trail.flush()
    }
    expect(told('can not be written')[0]?.fields).to.have.property('reason').that.includes('SQLITE_FULL')
    for (let more = 0; more < 10; more++) trail.record(entryOf({ ...facts, userId: more }))
    await refused()
    await pages('PRAGMA max_page_count = 1000000')
    await eventually(() => expect(told('written again')).to.have.length(1))
    expect(told('written again')[0]?.fields).to.have.property('dropped').that.is.greaterThan(0)
    const ids = (await table.list({}, 1_000)).map(({ userId }) => userId)
    expect(ids).to.include(0).and.not.include(9)
  })

  it('answers where the table is gone; its entries are dropped, and told', async () => {
    await serve()
    await backing.database.query('ALTER TABLE tb_audit RENAME TO elsewhere')
    await refused()
    await trail.flush()
    expect(told('did not take')[0]?.fields).to.include({ dropped: 1 })
    await refused()
    await backing.database.query('ALTER TABLE elsewhere RENAME TO tb_audit')
    await trail.close()
    expect(await events()).to.deep.equal(['authz_fail'])
  })

  it('keeps the table within its bounds, from the start on', async () => {
    const facts = { event: 'user_updated', address: '192.0.2.7', route: 'PUT /mobile' } as const
    const many = Array.from({ length: 1_500 }, (_, userId) => entryOf({ ...facts, userId }))
    const old = { ...entryOf(facts), at: new Date(Date.now() - 181 * 86_400_000) }
    await table.add([...many, old])
    await serve()
    await eventually(async () => expect(await events()).to.have.length(999))
    for (let userId = 0; userId < 200; userId++) trail.record(entryOf({ ...facts, userId: 10_000 + userId }))
    await trail.flush()
    await eventually(async () => expect((await table.list({}, 2_000)).length).to.equal(1_000))
    expect((await table.list({ userId: 10_199 }, 10)).length).to.equal(1)
    expect((await table.list({ userId: 600 }, 10)).length).to.equal(0)
  })
})
