import { expect } from 'chai'
import type { TestEngine } from '../../support/engine.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a thread that has served its time', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  /** How long it takes until a task runs again where the only thread was ended, in milliseconds. */
  async function startOfThread(): Promise<number> {
    const lone = await lab.worker({ concurrency: 1 })
    await outcomeOf(lone.client.send('fault.where', [0]))
    await outcomeOf(lone.client.send('fault.spinOnce', [], { timeLimit: 0.1 }))
    const since = performance.now()
    await outcomeOf(lone.client.send('fault.where', [0]))
    const milliseconds = performance.now() - since
    await lone.close(0)
    return milliseconds
  }

  it('is replaced after so many tasks: none is lost or run twice, and there is no pause in service', async () => {
    const taskMs = 200
    const before = await startOfThread()
    lab.next()
    engine = await lab.worker({ maxTasksPerChild: 5 })
    await outcomeOf(engine.client.send('fault.where', [0]))
    const sent = await Promise.all(
      Array.from({ length: 60 }, () => engine.client.send('fault.shift', [lab.notebook, taskMs])),
    )
    const threads = await Promise.all(sent.map((each) => outcomeOf(Promise.resolve(each), 60)))
    for (const thread of threads) expect(thread).to.be.a('number')
    const notes = lab.notes().map((line) => line.split(' '))
    expect(notes.map(([id]) => id)).to.have.members(sent.map(({ id }) => id))
    const servedBy = new Map<unknown, number>()
    for (const thread of threads) servedBy.set(thread, (servedBy.get(thread) ?? 0) + 1)
    expect(servedBy.size).to.be.at.least(12)
    expect(Math.max(...servedBy.values()), 'most tasks of one thread').to.be.at.most(5)

    const ends = notes.map(([, , time]) => Number(time)).toSorted((a, b) => a - b)
    const pauses = ends.slice(1).map((end, index) => end - (ends[index] ?? end))
    const start = Math.max(before, await startOfThread())
    // Both threads are due at one time. If the next tasks had to wait for new ones, the pause were a task and a whole start.
    const longest = `longest pause; a task takes ${taskMs} ms, the start of a thread ${Math.round(start)} ms`
    expect(Math.max(...pauses), longest).to.be.lessThan(taskMs + start * 0.75)
  }).timeout(60_000)

  it('is replaced where its heap has grown over three quarters of what it may hold', async () => {
    engine = await lab.worker({ concurrency: 1, maxMemoryPerChild: 96 * 1024 })
    const small: unknown[] = []
    for (let round = 0; round < 5; round += 1) small.push(await outcomeOf(engine.client.send('fault.where', [0])))
    expect(new Set(small).size, 'a small task leaves its thread as it is').to.equal(1)
    const growing: unknown[] = []
    for (let round = 0; round < 8; round += 1) growing.push(await outcomeOf(engine.client.send('fault.leaks', [16])))
    for (const thread of growing) expect(thread).to.be.a('number')
    expect(new Set(growing).size).to.be.within(2, 7)
    expect(engine.logger.has('task failed'), 'it was replaced before it died').to.equal(false)
  })

  it('is replaced in the async pool when the last of those on it has ended', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 8, maxTasksPerChild: 5 })
    const sent = await Promise.all(
      Array.from({ length: 60 }, () => engine.client.send('fault.shift', [lab.notebook, 20])),
    )
    const threads = await Promise.all(sent.map((each) => outcomeOf(Promise.resolve(each), 30)))
    for (const thread of threads) expect(thread).to.be.a('number')
    expect(lab.notes()).to.have.length(60)
    expect(new Set(threads).size).to.be.at.least(4)
  }).timeout(40_000)
})
