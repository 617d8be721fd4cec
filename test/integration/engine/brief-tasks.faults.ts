import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { outcomesOf, PoolLab, type Running } from '../../support/pool-lab.ts'

/** Threads that end in the middle of a batch of short tasks. */
describe('short tasks whose thread ends', () => {
  const lab = new PoolLab()

  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const many = (count: number): undefined[] => Array.from({ length: count })
  /** How often each has begun, by its id. */
  const runs = (): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (const line of lab.notes()) {
      const id = line.split(' ').find((word) => word.startsWith('job-'))
      if (id !== undefined) counts[id] = (counts[id] ?? 0) + 1
    }
    return counts
  }
  const eachOnce = (running: readonly Running[]): Record<string, number> =>
    Object.fromEntries(running.map(({ job }) => [job.id, 1]))

  const crash = { kind: 'lost', cause: 'crash', alone: true }
  const deaths: [how: string, task: string, args: string[], change: object, expected: object][] = [
    ['exits', 'brief.exits', [], {}, crash],
    ['throws in a timer', 'fault.crash', ['timer'], {}, crash],
    ['leaves a rejection unhandled', 'fault.crash', ['rejection'], {}, crash],
    ['is over its hard limit', 'fault.spin', [], { timeLimit: 0.2 }, { ...crash, cause: 'timeLimit' }],
  ]
  for (const threads of [1, 2]) {
    for (const [how, task, args, change, expected] of deaths) {
      it(`run once all the same, before and behind the one that ${how} (${threads})`, async () => {
        const pool = await lab.pool(threads)
        const before = many(20).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
        const ending = lab.insist(pool, task, [lab.notebook, ...args], change)
        const behind = many(100).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
        const culprit = await ending
        expect(culprit.ended).to.include(expected)
        const outcomes = await outcomesOf([...before, ...behind])
        // With no other thread they may have to wait for too long.
        for (const { kind } of outcomes) expect(kind).to.be.oneOf(['success', 'unstarted'])
        const ran = [...before, ...behind].filter(({ ended }) => ended?.kind === 'success')
        expect(runs()).to.deep.equal(eachOnce([...ran, culprit]))
        const next = await lab.run(pool, 'brief.notes', [lab.notebook], { expectedMs: null }).outcome
        expect(next).to.include({ kind: 'success' })
      })
    }
  }

  it('run once all the same when one among them is terminated while it runs', async () => {
    const pool = await lab.pool(2)
    const before = many(5).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    const culprit = lab.run(pool, 'fault.spin', [lab.notebook])
    const behind = many(50).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    await eventually(() => expect(runs()).to.have.property(culprit.job.id))
    pool.terminate(culprit.job.key)
    expect(await culprit.outcome).to.include({ kind: 'lost', cause: 'terminated' })
    const others = [...before, ...behind]
    for (const { kind } of await outcomesOf(others)) expect(kind).to.be.oneOf(['success', 'unstarted'])
    expect(runs()).to.deep.equal(eachOnce([culprit, ...others.filter(({ ended }) => ended?.kind === 'success')]))
  })

  it('do not run when they are terminated before they have begun; the others notice nothing', async () => {
    const pool = await lab.pool(1)
    const first = lab.run(pool, 'fault.compute', [lab.notebook, 1])
    const [one, two, three] = many(3).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    if (!one || !two || !three) throw new Error('there are fewer')
    // Before it is placed,
    pool.terminate(two.job.key)
    expect(await two.outcome).to.include({ kind: 'lost', cause: 'terminated', begun: false })
    // and when it is on its way.
    await new Promise((resolve) => setImmediate(resolve))
    pool.terminate(three.job.key)
    const told = await three.outcome
    expect(told).to.satisfy(() => told.kind === 'success' || (told.kind === 'lost' && told.begun === false))
    expect(await first.outcome).to.include({ kind: 'success' })
    expect(await one.outcome).to.include({ kind: 'success' })
    expect(runs()).to.deep.equal(eachOnce([one, ...(told.kind === 'success' ? [three] : [])]))
    expect(await lab.run(pool, 'brief.returns', [1]).outcome).to.include({ kind: 'success' })
  })

  it('are nobody’s fault where a thread ends between two of them', async () => {
    const pool = await lab.pool(1)
    const leaves = lab.run(pool, 'brief.leavesExit', [lab.notebook, 0])
    const behind = many(300).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    expect(await leaves.outcome).to.include({ kind: 'success' })
    await outcomesOf(behind)
    const of = (kind: string): Running[] => behind.filter(({ ended }) => ended?.kind === kind)
    // It ends while one runs, or while none does.
    expect(of('lost').length).to.be.lessThan(2)
    expect(of('success').length + of('lost').length + of('unstarted').length).to.equal(300)
    const ran = runs()
    for (const { job } of of('success')) expect(ran[job.id]).to.equal(1)
    for (const { job } of of('unstarted')) expect(ran).to.not.have.property(job.id)
  })

  it('that wait on thread after thread that ends go to one by themselves', async () => {
    const pool = await lab.pool(1)
    const culprits = many(4).map(() => lab.run(pool, 'brief.exits', [lab.notebook]))
    const last = lab.run(pool, 'brief.notes', [lab.notebook])
    const outcomes = await outcomesOf(culprits)
    expect(new Set(outcomes.map(({ kind }) => kind))).to.deep.equal(new Set(['lost']))
    expect(await last.outcome).to.include({ kind: 'success' })
    expect(runs()).to.deep.equal(eachOnce([...culprits, last]))
  })

  it('at its soft limit: one that heeds it goes on alone, one that does not loses its thread', async () => {
    const pool = await lab.pool(2)
    const heeds = lab.run(pool, 'fault.obedient', [], { softTimeLimit: 0.1 })
    const beside = many(20).map(() => lab.insist(pool, 'brief.notes', [lab.notebook]))
    expect(await heeds.outcome)
      .to.include({ kind: 'transient' })
      .and.not.have.property('leftRunning')
    const deaf = lab.run(pool, 'fault.deaf', [lab.notebook], { softTimeLimit: 0.1 })
    const behind = many(20).map(() => lab.insist(pool, 'brief.notes', [lab.notebook]))
    expect(await deaf.outcome).to.include({ kind: 'transient', leftRunning: true })
    const others = await Promise.all([...beside, ...behind])
    expect(new Set(others.map(({ ended }) => ended?.kind))).to.deep.equal(new Set(['success']))
    expect(runs()).to.deep.equal(eachOnce(others))
    // Whatever went on there is gone with its thread.
    const later = await Promise.all(many(50).map(() => lab.insist(pool, 'brief.notes', [lab.notebook])))
    expect(new Set(later.map(({ ended }) => ended?.kind))).to.deep.equal(new Set(['success']))
    expect(lab.notes()).to.not.include('end')
  })

  it('all have an outcome when the pool is destroyed; none begins after that', async () => {
    const pool = await lab.pool(2)
    const done = many(10).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    await outcomesOf(done)
    const slow = lab.run(pool, 'fault.spin', [lab.notebook], { expectedMs: 1 })
    const behind = many(200).map(() => lab.run(pool, 'fault.compute', [lab.notebook, 1], { expectedMs: 1 }))
    await eventually(() => expect(runs()).to.have.property(slow.job.id))
    const late = many(5).map(() => lab.run(pool, 'brief.notes', [lab.notebook]))
    await pool.destroy()
    expect(await slow.outcome).to.include({ kind: 'lost', cause: 'stopped' })
    const outcomes = await outcomesOf([...behind, ...late])
    for (const outcome of outcomes) {
      expect(outcome.kind).to.be.oneOf(['success', 'unstarted', 'lost'])
      if (outcome.kind === 'lost') expect(outcome).to.include({ cause: 'stopped' })
    }
    const starts = lab.notes().filter((line) => line === 'start').length
    const begun = outcomes.filter(
      (outcome) => outcome.kind === 'success' || (outcome.kind === 'lost' && outcome.begun !== false),
    )
    expect(starts).to.equal(begun.length)
    await delay(50)
    expect(lab.notes().filter((line) => line === 'start')).to.have.length(starts)
    expect(await lab.run(pool, 'brief.notes', [lab.notebook]).outcome).to.include({
      kind: 'lost',
      cause: 'stopped',
      begun: false,
    })
  })

  it('a thread that begins nothing any more, for what a task left behind, is replaced', async function () {
    this.timeout(30_000)
    const pool = await lab.pool(1)
    const leaves = lab.run(pool, 'brief.leavesSpin', [lab.notebook, 60_000])
    expect(await leaves.outcome).to.include({ kind: 'success' })
    await delay(20)
    await eventually(
      async () => expect(await lab.run(pool, 'brief.returns', [1]).outcome).to.include({ kind: 'success' }),
      { timeoutMs: 15_000 },
    )
    expect(lab.logger.has('a thread begins nothing any more')).to.equal(true)
  })
})
