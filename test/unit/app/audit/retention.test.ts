import { expect } from 'chai'
import { Retention } from '../../../../src/app/audit/retention.ts'
import { MemoryLog } from '../../../support/engine.ts'
import { eventually } from '../../../support/eventually.ts'

type Rule = Parameters<ConstructorParameters<typeof Retention>[0]['removeOld']>[0]

/** A table with so many old entries, and the calls that it got. */
class OldTable {
  readonly calls: Rule[] = []
  left: number
  /** What each removal waits for. */
  hold: Promise<void> = Promise.resolve()

  constructor(left: number) {
    this.left = left
  }

  async removeOld(rule: Rule): Promise<number> {
    this.calls.push(rule)
    await this.hold
    const removed = Math.min(this.left, rule.limit)
    this.left -= removed
    return removed
  }
}

const settings = { days: 3, maxRows: 1_000 }

describe('how long entries of the audit are kept', () => {
  it('is looked at when it starts, in pieces, until nothing old is left', async () => {
    const table = new OldTable(2_500)
    const retention = new Retention(table, settings, new MemoryLog())
    retention.start()
    await eventually(() => expect(table.calls).to.have.length(3))
    await retention.stop()
    expect(table.left).to.equal(0)
    const [first] = table.calls
    expect(first).to.include({ maxRows: 1_000, limit: 1_000 })
    expect(first?.before.getTime()).to.be.closeTo(Date.now() - 3 * 86_400_000, 10_000)
  })

  it('is looked at again when a twentieth of the most was added', async () => {
    const table = new OldTable(0)
    const retention = new Retention(table, settings, new MemoryLog())
    retention.noteAdded(49)
    expect(table.calls).to.have.length(0)
    retention.noteAdded(1)
    expect(table.calls).to.have.length(1)
    await retention.stop()
    retention.noteAdded(1_000)
    expect(table.calls).to.have.length(1)
  })

  it('ends after the statement that is under way, and waits for it', async () => {
    const table = new OldTable(10_000)
    let release = (): void => undefined
    table.hold = new Promise((resolve) => (release = resolve))
    const retention = new Retention(table, settings, new MemoryLog())
    retention.start()
    let stopped = false
    const stopping = retention.stop().then(() => (stopped = true))
    await new Promise(setImmediate)
    expect(stopped).to.equal(false)
    release()
    await stopping
    expect(table.calls).to.have.length(1)
  })

  it('is told in the log where it could not be seen to', async () => {
    const log = new MemoryLog()
    const failing = { removeOld: async () => Promise.reject(new Error('SQLITE_BUSY: 13812345678')) }
    const retention = new Retention(failing, settings, log)
    retention.start()
    await eventually(() => expect(log.lines).to.have.length(1))
    await retention.stop()
    expect(log.lines[0]).to.deep.include({ level: 'warn' })
    expect(log.has('old entries of the audit could not be removed')).to.equal(true)
    expect(JSON.stringify(log.lines)).to.include('SQLITE_BUSY').and.not.include('13812345678')
  })
})
