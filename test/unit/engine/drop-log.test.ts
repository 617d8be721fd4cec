import { expect } from 'chai'
import { DropLog } from '../../../src/engine/worker/drop-log.ts'

describe('the drop log', () => {
  let lines: object[]
  let waiting: { milliseconds: number; done: () => void }[]
  let log: DropLog

  const clock = {
    after(milliseconds: number, done: () => void): () => void {
      const call = { milliseconds, done }
      waiting.push(call)
      return () => void (waiting = waiting.filter((other) => other !== call))
    },
  }
  const logger = { warn: (fields: object) => void lines.push((fields as { dropped: object }).dropped) }

  beforeEach(() => {
    lines = []
    waiting = []
    log = new DropLog({ logger, clock })
  })

  /** Lets the time pass that the log waits for. */
  function pass(): void {
    const due = waiting
    waiting = []
    for (const { done } of due) done()
  }

  it('tells the first drop at once', () => {
    log.add('dead', 2)
    expect(lines).to.deep.equal([{ dead: 2 }])
  })

  it('says what it is told to say', () => {
    const said: unknown[] = []
    const line = { field: 'tasks', message: 'left' }
    new DropLog({ logger: { warn: (fields, message) => void said.push([fields, message]) }, clock, line }).add('a', 1)
    expect(said).to.deep.equal([[{ tasks: { a: 1 } }, 'left']])
  })

  it('gathers those of the next minute in one line', () => {
    log.add('dead', 1)
    expect(waiting.map(({ milliseconds }) => milliseconds)).to.deep.equal([60_000])
    log.add('dead', 3)
    log.add('unreadable', 5)
    log.add('dead', 4)
    expect(lines).to.deep.equal([{ dead: 1 }])
    pass()
    expect(lines.slice(1)).to.deep.equal([{ dead: 7, unreadable: 5 }])
    log.add('dead', 1)
    expect(lines).to.have.length(2)
  })

  it('tells the next one at once when a minute has passed without any', () => {
    log.add('dead', 1)
    pass()
    expect(lines).to.have.length(1)
    expect(waiting).to.deep.equal([])
    log.add('unknown', 1)
    expect(lines.slice(1)).to.deep.equal([{ unknown: 1 }])
  })

  it('counts everything since the start', () => {
    expect(log.totals).to.deep.equal({})
    log.add('dead', 1)
    log.add('dead', 2)
    pass()
    log.add('unknown', 4)
    expect(log.totals).to.deep.equal({ dead: 3, unknown: 4 })
  })

  it('takes nothing for nothing', () => {
    log.add('dead', 0)
    expect(lines).to.deep.equal([])
    expect(log.totals).to.deep.equal({})
    expect(waiting).to.deep.equal([])
  })

  it('tells the rest when it is closed, once, and waits for nothing any more', () => {
    log.add('dead', 1)
    log.add('dead', 2)
    log.close()
    expect(lines).to.deep.equal([{ dead: 1 }, { dead: 2 }])
    log.close()
    log.add('dead', 3)
    expect(lines).to.deep.equal([{ dead: 1 }, { dead: 2 }, { dead: 3 }])
    expect(waiting).to.deep.equal([])
  })

  it('takes another interval, and by itself the real time', async () => {
    const told = new Promise<void>((resolve) => {
      const log = new DropLog({ logger: { warn: () => lines.push({}) > 1 && resolve() }, intervalMs: 1 })
      log.add('dead', 1)
      log.add('dead', 1)
    })
    // The log's own timer keeps no process alive: this one does.
    const alive = setInterval(() => {}, 1_000)
    await told.finally(() => clearInterval(alive))
    expect(lines).to.have.length(2)
  })
})
