import { expect } from 'chai'
import { ConnectionRefusedError } from 'sequelize'
import type { AuditEntry } from '../../../../src/app/audit/entry.ts'
import { AuditTrail, type TrailLimits } from '../../../../src/app/audit/trail.ts'
import { MemoryLog } from '../../../support/engine.ts'
import { eventually } from '../../../support/eventually.ts'
import { anEntry } from './an-entry.ts'

/** A table in memory, which a test takes away, and which may not take some entries. */
class MemoryTable {
  readonly rows: AuditEntry[] = []
  readonly batches: number[] = []
  isAway = false
  takes: (entry: AuditEntry) => boolean = () => true
  hold: Promise<void> = Promise.resolve()
  removals = 0

  async add(entries: readonly AuditEntry[]): Promise<void> {
    await this.hold
    if (this.isAway) throw new ConnectionRefusedError(new Error('connect ECONNREFUSED'))
    if (!entries.every(this.takes)) throw new Error('value too long for type character varying(64)')
    this.rows.push(...entries)
    this.batches.push(entries.length)
  }

  async removeOld(): Promise<number> {
    this.removals += 1
    return 0
  }
}

describe('the audit trail', () => {
  let table: MemoryTable
  let log: MemoryLog
  const trails: AuditTrail[] = []

  beforeEach(() => {
    table = new MemoryTable()
    log = new MemoryLog()
  })
  afterEach(async () => {
    table.isAway = false
    for (const trail of trails.splice(0)) await trail.close()
  })

  function open(limits: Partial<TrailLimits> = {}): AuditTrail {
    const trail = new AuditTrail({ table, settings: { days: 180, maxRows: 1_000_000 }, logger: log, limits })
    trails.push(trail)
    return trail
  }

  /** Different for each number. */
  const numbered = (userId: number): AuditEntry => anEntry({ userId, event: 'authn_login_success', reason: null })
  const recordMany = (trail: AuditTrail, count: number, from = 0): void => {
    for (let userId = from; userId < from + count; userId++) trail.record(numbered(userId))
  }
  const userIds = () => table.rows.map(({ userId }) => userId)
  const lines = (message: string) => log.lines.filter((line) => line.message.includes(message))
  const entriesInLog = () => log.lines.filter(({ message }) => message === 'audit')
  const droppedInLog = () => lines('dropped').map(({ fields }) => Object(fields).dropped)

  it('tells the log at once, and writes by itself, many in one statement', async () => {
    const trail = open({ writeEveryMs: 5 })
    trail.start()
    recordMany(trail, 240)
    expect(entriesInLog()).to.have.length(240)
    expect(table.rows).to.deep.equal([])
    await eventually(() => expect(table.rows).to.have.length(240))
    expect(table.batches).to.deep.equal([100, 100, 40])
    expect(userIds()).to.deep.equal(Array.from({ length: 240 }, (_, at) => at))
    expect(table.removals).to.equal(1)
  })

  it('writes what was recorded while it was writing', async () => {
    const trail = open()
    let release = (): void => undefined
    table.hold = new Promise((resolve) => (release = resolve))
    recordMany(trail, 1)
    const writing = trail.flush()
    await new Promise(setImmediate)
    recordMany(trail, 2, 1)
    release()
    await writing
    expect(userIds()).to.deep.equal([0, 1, 2])
  })

  it('makes few entries of refusals that are alike, and a line of the log of each', async () => {
    const trail = open({ repeatMs: 60_000 })
    for (let count = 0; count < 1_000; count++) trail.refuse(anEntry())
    await trail.flush()
    expect(table.rows.map(({ times }) => times)).to.deep.equal([1])
    await trail.close()
    expect(table.rows.map(({ times }) => times)).to.deep.equal([1, 999])
    expect(table.rows[1]?.lastAt).to.be.a('date')
    expect(entriesInLog()).to.have.length(1_000)
  })

  it('writes the repeats when their time is over', async () => {
    const trail = open({ repeatMs: 1, writeEveryMs: 1 })
    trail.start()
    await eventually(() => {
      trail.refuse(anEntry())
      trail.refuse(anEntry())
      expect(table.rows.length).to.be.greaterThan(3)
    })
  })

  it('keeps entries while the database is away, and says so once, and when it is back', async () => {
    const trail = open()
    table.isAway = true
    recordMany(trail, 3)
    for (let times = 0; times < 5; times++) await trail.flush()
    expect(table.rows).to.deep.equal([])
    const [away] = lines('can not be written')
    expect(lines('can not be written')).to.have.length(1)
    expect(away).to.deep.include({ level: 'warn' })
    expect(away?.fields).to.include({ waiting: 3 })
    table.isAway = false
    recordMany(trail, 1, 3)
    await trail.flush()
    expect(userIds()).to.deep.equal([0, 1, 2, 3])
    expect(lines('written again')).to.have.length(1)
    table.isAway = true
    recordMany(trail, 1, 4)
    await trail.flush()
    expect(lines('can not be written')).to.have.length(2)
  })

  it('drops the newest where too many wait, counts them, and tells how many', async () => {
    const trail = open({ mostWaiting: 10 })
    table.isAway = true
    recordMany(trail, 25)
    await trail.flush()
    // The first one at once; the others when it can be written again.
    expect(droppedInLog()).to.deep.equal([1])
    table.isAway = false
    await trail.flush()
    expect(userIds()).to.deep.equal(Array.from({ length: 10 }, (_, at) => at))
    expect(lines('written again')[0]?.fields).to.deep.equal({ dropped: 14 })
    await trail.close()
    expect(entriesInLog()).to.have.length(25)
  })

  it('is bounded also by repeats that end while the database is away', async () => {
    const trail = open({ mostWaiting: 2, repeatMs: 1 })
    table.isAway = true
    recordMany(trail, 2)
    await eventually(async () => {
      trail.refuse(anEntry())
      await trail.flush()
      expect(lines('dropped')).not.to.deep.equal([])
    })
    table.isAway = false
    await trail.flush()
    expect(table.rows).to.have.length(2)
  })

  it('drops alone what the database does not take', async () => {
    const trail = open()
    table.takes = ({ userId }) => userId !== 3 && userId !== 7
    recordMany(trail, 10)
    await trail.flush()
    expect(userIds()).to.deep.equal([0, 1, 2, 4, 5, 6, 8, 9])
    const [told, ...others] = lines('did not take')
    expect(others).to.deep.equal([])
    expect(told?.fields).to.include({ dropped: 2 })
    recordMany(trail, 1, 10)
    await trail.flush()
    expect(userIds().at(-1)).to.equal(10)
  })

  it('goes on where it was when the database goes away between those', async () => {
    const trail = open()
    table.takes = ({ userId }) => {
      table.isAway = userId === 2
      return userId !== 0
    }
    recordMany(trail, 4)
    await trail.flush()
    expect(userIds()).to.deep.equal([1, 2])
    table.isAway = false
    table.takes = () => true
    await trail.flush()
    expect(userIds()).to.deep.equal([1, 2, 3])
  })

  it('writes at its end what waits, and nothing after that', async () => {
    const trail = open({ writeEveryMs: 5 })
    trail.start()
    recordMany(trail, 3)
    trail.refuse(anEntry())
    trail.refuse(anEntry())
    await trail.close()
    expect(table.rows).to.have.length(5)
    trail.record(numbered(9))
    trail.refuse(anEntry({ userId: 9 }))
    await trail.flush()
    await trail.close()
    expect(table.rows).to.have.length(5)
    expect(entriesInLog()).to.have.length(7)
  })

  it('tells at its end how many could not be written', async () => {
    const trail = open()
    table.isAway = true
    recordMany(trail, 3)
    await trail.close()
    expect(droppedInLog()).to.deep.equal([3])
  })

  it('does not wait for a database that hangs', async () => {
    const trail = open({ closeMs: 20 })
    table.hold = new Promise(() => undefined)
    recordMany(trail, 3)
    void trail.flush()
    await trail.close()
    expect(droppedInLog()).to.deep.equal([3])
  })
})
