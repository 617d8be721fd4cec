import { expect } from 'chai'
import { QueryTypes, type Sequelize } from 'sequelize'
import { AuditTable, type AuditFilter } from '../../src/app/audit/audit-table.ts'
import { entryOf, type AuditEntry } from '../../src/app/audit/entry.ts'
import { hostileTexts } from './hostile-texts.ts'

const start = Date.parse('2026-01-31T12:00:00.123Z')
const minute = 60_000

/**
 * What `AuditTable` must do on every database.
 *
 * @param open opens a new, empty database with its schema, and tells how to put it away
 */
export function describeAuditTable(
  databaseName: string,
  open: () => Promise<{ database: Sequelize; close: () => Promise<unknown> }>,
): void {
  describe(`AuditTable on ${databaseName}`, () => {
    let database: Sequelize
    let close: () => Promise<unknown>
    let table: AuditTable

    before(async () => {
      ;({ database, close } = await open())
      table = new AuditTable(database)
    })
    after(() => close())
    beforeEach(() => database.query('DELETE FROM tb_audit'))

    /** The entry of a minute. */
    const entry = (at: number, change: Partial<AuditEntry> = {}): AuditEntry => ({
      ...entryOf({ event: 'authn_login_fail', address: '192.0.2.7', route: 'POST /login' }),
      at: new Date(start + at * minute),
      ...change,
    })
    const add = (...minutes: number[]) => table.add(minutes.map((at) => entry(at)))
    /** The minutes of the entries, the newest in front. */
    const minutes = async (filter: AuditFilter = {}, limit = 100) =>
      (await table.list(filter, limit)).map(({ at }) => (at.getTime() - start) / minute)
    const removeOld = (beforeMinute: number, maxRows: number, limit = 100) =>
      table.removeOld({ before: new Date(start + beforeMinute * minute), maxRows, limit })

    it('keeps all of an entry, and its level', async () => {
      const { at, ...full } = entry(0, {
        userId: 7,
        account: '青椒\u{20000}_Ab',
        actor: 'root',
        mobile: '138****0000',
        address: '2001:db8::1',
        requestId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
        reason: 'LOGIN_WRONG',
        userAgent: 'Chrome 126, Windows',
        times: 12,
        lastAt: new Date(start + minute),
      })
      const empty = entry(1, { event: 'user_created' })
      await table.add([{ ...full, at }, empty])
      expect(await table.list({}, 10)).to.deep.equal([
        { ...empty, level: 'warn' },
        { ...full, at, level: 'warn' },
      ])
    })

    it('takes the longest texts that an entry can have, of four bytes each', async () => {
      const long = '\u{20000}'.repeat(200)
      const texts = { account: long, actor: long, mobile: long, requestId: long, reason: long, userAgent: long }
      const longest = entryOf({ event: 'input_validation_discrete_fail', address: long, route: long, ...texts })
      await table.add([longest])
      expect(await table.list({}, 10)).to.deep.equal([{ ...longest, level: 'warn' }])
    })

    it('lists the newest, by whatever they are', async () => {
      await table.add([
        entry(0, { userId: 7 }),
        entry(2, { userId: 8, address: '2001:db8::1' }),
        entry(1, { event: 'user_created', userId: 7 }),
      ])
      expect(await minutes()).to.deep.equal([2, 1, 0])
      expect(await minutes({}, 2)).to.deep.equal([2, 1])
      expect(await minutes({ userId: 7 })).to.deep.equal([1, 0])
      expect(await minutes({ event: 'user_created' })).to.deep.equal([1])
      expect(await minutes({ address: '2001:db8::1' })).to.deep.equal([2])
      expect(await minutes({ since: new Date(start + minute) })).to.deep.equal([2, 1])
      expect(await minutes({ userId: 8, event: 'user_created' })).to.deep.equal([])
      for (const text of hostileTexts) {
        expect(await minutes({ event: text.replaceAll('\0', ''), address: text.replaceAll('\0', '') })).to.deep.equal(
          [],
        )
      }
      expect(await minutes()).to.have.length(3)
    })

    it('keeps texts as they are, whatever they would mean in SQL', async () => {
      const texts = hostileTexts.map((text) => entryOf({ event: 'user_updated', address: 'x', route: text }).route)
      await table.add(texts.map((route, at) => entry(at, { route })))
      expect((await table.list({}, 100)).map(({ route }) => route).toReversed()).to.deep.equal(texts)
    })

    it('adds all or none', async () => {
      const bad = entry(1, { route: null as unknown as string })
      const failure: unknown = await table.add([entry(0), bad, entry(2)]).catch((error: unknown) => error)
      expect(failure).to.be.an('error')
      expect(await minutes()).to.deep.equal([])
    })

    it('removes what is too old', async () => {
      await add(0, 1, 2, 3)
      expect(await removeOld(2, 100)).to.equal(2)
      expect(await minutes()).to.deep.equal([3, 2])
      expect(await removeOld(2, 100)).to.equal(0)
    })

    it('removes what is too much, the oldest first, also where ids have gaps', async () => {
      await add(0, 1, 2)
      // Between them others were added, and removed.
      await table.add(Array.from({ length: 50 }, () => entry(99, { userId: 99 })))
      await database.query('DELETE FROM tb_audit WHERE user_id = 99')
      await add(3, 4)
      expect(await removeOld(-1, 5)).to.equal(0)
      expect(await minutes()).to.deep.equal([4, 3, 2, 1, 0])
      expect(await removeOld(-1, 4)).to.equal(1)
      expect(await minutes()).to.deep.equal([4, 3, 2, 1])
      expect(await removeOld(-1, 1)).to.equal(3)
      expect(await minutes()).to.deep.equal([4])
    })

    it('removes for both reasons, so many at a time', async () => {
      await add(0, 1, 2, 3, 4, 5, 6)
      expect(await removeOld(2, 3, 3)).to.equal(3)
      expect(await minutes()).to.deep.equal([6, 5, 4, 3])
      expect(await removeOld(2, 3, 3)).to.equal(1)
      expect(await minutes()).to.deep.equal([6, 5, 4])
    })

    it('finds what is old by an index', async () => {
      const isPostgres = database.getDialect() === 'postgres'
      const sql = isPostgres
        ? "SELECT indexdef AS text FROM pg_indexes WHERE tablename = 'tb_audit'"
        : "SELECT sql AS text FROM sqlite_master WHERE type = 'index' AND tbl_name = 'tb_audit'"
      const rows = await database.query<{ text: string }>(sql, { type: QueryTypes.SELECT })
      const text = rows.map((row) => row.text).join('\n')
      expect(text)
        .to.match(/\([`"]?at[`"]?\)/)
        .and.match(/\([`"]?user_id[`"]?\)/)
    })
  })
}
