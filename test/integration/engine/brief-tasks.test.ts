import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import type { Outcome } from '../../../src/engine/outcome.ts'
import { eventually } from '../../support/eventually.ts'
import { outcomesOf, PoolLab, type Running } from '../../support/pool-lab.ts'

/** Short tasks on real threads; see also brief-tasks.faults.ts. */
describe('short tasks that share a thread', () => {
  const lab = new PoolLab()

  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const many = (count: number): undefined[] => Array.from({ length: count })
  const idsRun = (): string[] => lab.notes().map((line) => line.split(' ')[0] ?? '')
  const threadsOf = (outcomes: readonly Outcome[]): unknown[] => [
    ...new Set(outcomes.map((outcome) => outcome.kind === 'success' && outcome.result)),
  ]

  /** It has not ended, unless on a busy machine it has waited for too long. */
  const stillHeld = ({ ended }: Running): void => {
    expect(ended?.kind, 'while the slow one runs').to.be.oneOf([undefined, 'unstarted'])
  }

  it('run in their order, each once, more of them than its cells hold', async () => {
    const pool = await lab.pool(1)
    const running = many(1_000).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    const outcomes = await outcomesOf(running)
    // On a busy machine some have to wait for too long.
    const ran = running.filter(({ ended }) => ended?.kind !== 'unstarted')
    expect(ran.length).to.be.greaterThan(256)
    expect(new Set(ran.map(({ ended }) => ended?.kind))).to.deep.equal(new Set(['success']))
    expect(threadsOf(outcomes.filter(({ kind }) => kind === 'success'))).to.have.length(1)
    expect(idsRun()).to.deep.equal(ran.map(({ job }) => job.id))
  })

  it('are spread over the threads', async () => {
    const pool = await lab.pool(2)
    const running = many(400).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    expect(threadsOf(await outcomesOf(running))).to.have.length(2)
  })

  const results: [what: string, value: unknown][] = [
    ['nothing', null],
    ['a number', -1.5e-7],
    ['zero', 0],
    ['true', true],
    ['false', false],
    ['an empty text', ''],
    ['a text', 'a "quoted" \\ text\n'],
    ['a text that is not ASCII', '世界 ☂ 💡 é'],
    ['half of a character', '\ud800'],
    ['a list', [1, [2, [null]], 'three', {}]],
    ['an object', { a: { b: [] }, '': 0, ['__proto__']: 1 }],
    ['a text that just fits', 'x'.repeat(230)],
    ['a text that just does not', 'x'.repeat(231)],
    ['a text that is short in characters and long in bytes', '世'.repeat(100)],
    ['a text that fits in characters and just not in bytes', `${'x'.repeat(228)}é`],
    ['a long list', many(10_000).map((_, index) => index)],
    ['a very long text', 'x'.repeat(1_000_000)],
  ]
  for (const [what, value] of results) {
    it(`come back with ${what}, and so do those beside them`, async () => {
      const pool = await lab.pool(1)
      const running = ['before', value, 'after', value].map((each) => lab.insist(pool, 'brief.returns', [each]))
      const outcomes = await outcomesOf(await Promise.all(running))
      expect(outcomes.map((outcome) => outcome.kind === 'success' && outcome.result)).to.deep.equal([
        'before',
        value,
        'after',
        value,
      ])
    })
  }

  it('come back with whatever became of them, each its own', async () => {
    const pool = await lab.pool(1, { maxResultBytes: 2_000 })
    const running = [
      lab.insist(pool, 'brief.returnsNothing', []),
      lab.insist(pool, 'test.boom', ['x'.repeat(300)]),
      lab.insist(pool, 'brief.ignores', []),
      lab.insist(pool, 'fault.flaky', [lab.notebook, 9, 'transient']),
      lab.insist(pool, 'brief.returns', ['x'.repeat(3_000)]),
      lab.insist(pool, 'fault.refuses', [lab.notebook, true]),
      lab.insist(pool, 'no.such.task', []),
      lab.insist(pool, 'brief.returns', [], { body: 'not JSON' }),
      lab.insist(pool, 'brief.returns', ['last']),
    ]
    const outcomes = await outcomesOf(await Promise.all(running))
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal([
      'success',
      'failure',
      'ignore',
      'transient',
      'failure',
      'reject',
      'failure',
      'unreadable',
      'success',
    ])
    expect(outcomes[1]).to.have.nested.property('error.message', 'x'.repeat(300))
    expect(outcomes[4]).to.have.nested.property('error.type', 'ResultTooLarge')
    expect(outcomes.at(-1)).to.include({ result: 'last' })
    for (const { runtimeMs } of outcomes) expect(runtimeMs).to.be.within(0, 5_000)
  })

  it('are settled before a slow one among them ends, and those behind it run on another thread', async () => {
    const pool = await lab.pool(2)
    const before = many(5).map(() => lab.insist(pool, 'brief.notes', [lab.notebook]))
    let isOver = false
    const slow = lab.insist(pool, 'fault.held', [lab.notebook]).finally(() => (isOver = true))
    const behind = many(20).map(() => lab.insist(pool, 'brief.notes', [lab.notebook]))
    const others = await Promise.all([...before, ...behind])
    const outcomes = await outcomesOf(others)
    expect(isOver).to.equal(false)
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(many(25).map(() => 'success'))
    lab.letGo()
    const { kind, ...rest } = await (await slow).outcome
    expect(kind).to.equal('success')
    const ids = others.map(({ job }) => job.id)
    const ran = lab.notes().filter((line) => !/^(start|end) /.test(line))
    expect(ran.map((line) => line.split(' ')[0])).to.have.members(ids)
    const { result } = rest as { result: unknown }
    expect(threadsOf(outcomes.slice(5))).to.not.deep.equal([result])
  })

  it('that wait behind a slow one on the only thread have not begun, and say so soon', async () => {
    const pool = await lab.pool(1)
    const slow = lab.run(pool, 'fault.held', [lab.notebook])
    const started = performance.now()
    const behind = many(20).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    const outcomes = await outcomesOf(behind)
    expect(performance.now() - started).to.be.lessThan(1_000)
    expect(outcomes).to.deep.equal(many(20).map(() => ({ kind: 'unstarted', runtimeMs: 0 })))
    expect(slow.ended).to.equal(null)
    lab.letGo()
    expect(await slow.outcome).to.include({ kind: 'success' })
    // Whoever was taken back never begins; the thread passes over them, and takes the next.
    const next = lab.run(pool, 'brief.notes', [lab.notebook])
    expect(await next.outcome).to.include({ kind: 'success' })
    expect(idsRun().filter((id) => id.startsWith('job-'))).to.deep.equal([next.job.id])
  })

  it('let a long one have its thread, and go on beside it', async () => {
    const pool = await lab.pool(2)
    let runs = 0
    const stream = async (): Promise<void> => {
      const outcomes = await outcomesOf(many(50).map(() => lab.run(pool, 'brief.returns', [1])))
      runs += outcomes.filter(({ kind }) => kind === 'success').length
    }
    for (const _ of many(2)) lab.stream(stream)
    const long = lab.run(pool, 'fault.held', [lab.notebook], { expectedMs: null })
    await eventually(() => expect(idsRun()).to.deep.equal(['start']))
    const before = runs
    await eventually(() => expect(runs).to.be.greaterThan(before + 500))
    lab.letGo()
    expect(await long.outcome).to.include({ kind: 'success' })
    await lab.stopStreams()
  })

  it('take a free thread before a long one that came later; then it is its turn, whatever the others do', async () => {
    const pool = await lab.pool(2)
    // Both threads have had short tasks.
    await outcomesOf(many(200).map(() => lab.run(pool, 'brief.returns', [1])))
    // What they are expected to take is enough for each to go to another thread.
    const slow = lab.run(pool, 'fault.held', [lab.notebook], { expectedMs: 2 })
    const other = lab.run(pool, 'fault.compute', [lab.notebook, 22], { expectedMs: 1 })
    await delay(9)
    const short = lab.run(pool, 'brief.notes', [lab.notebook])
    await delay(3)
    const long = lab.run(pool, 'fault.where', [0], { expectedMs: null })
    expect(await long.outcome).to.include({ kind: 'success' })
    // On a busy machine they have waited for too long.
    for (const { outcome } of [other, short]) expect((await outcome).kind).to.be.oneOf(['success', 'unstarted'])
    stillHeld(slow)
  })

  it('do not keep a long one waiting for the thread of a slow one', async () => {
    const pool = await lab.pool(2)
    await outcomesOf(many(200).map(() => lab.run(pool, 'brief.returns', [1])))
    // The thread of the slow one has less to do than the other, and would be the one that is kept.
    const slow = lab.run(pool, 'fault.held', [lab.notebook], { expectedMs: 1 })
    const other = lab.run(pool, 'fault.compute', [lab.notebook, 8], { expectedMs: 3 })
    await nextTurn()
    const long = lab.run(pool, 'fault.where', [0], { expectedMs: null })
    const stream = async (): Promise<void> => {
      await outcomesOf(many(5).map(() => lab.run(pool, 'fault.compute', [lab.notebook, 0.5])))
    }
    for (const _ of many(4)) lab.stream(stream)
    expect(await long.outcome).to.include({ kind: 'success' })
    stillHeld(slow)
    await lab.stopStreams()
    await other.outcome
  })

  it('say how far they are', async () => {
    const pool = await lab.pool(1)
    const running = await Promise.all(many(3).map(() => lab.insist(pool, 'brief.says', [5])))
    await eventually(() => expect(lab.said).to.have.length(3))
    expect(lab.said).to.have.deep.members(running.map(({ job: { key, id } }) => [key, 'PROGRESS', { id }]))
  })

  it('are not kept from their turn by what another one left behind', async () => {
    const pool = await lab.pool(2)
    const leaves = lab.run(pool, 'brief.leavesSpin', [lab.notebook, 1_000])
    await leaves.outcome
    await delay(20)
    const running = await Promise.all(many(100).map(() => lab.insist(pool, 'brief.notes', [lab.notebook])))
    const outcomes = await outcomesOf(running)
    expect(new Set(outcomes.map(({ kind }) => kind))).to.deep.equal(new Set(['success']))
    const [, busy] = lab.notes()[0]?.split(' ') ?? []
    expect(threadsOf(outcomes)).to.not.include(Number(busy))
  })
})
