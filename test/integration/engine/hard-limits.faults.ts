import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** What a spinning task noted: the thread it spins in, and since when (Unix milliseconds). */
function spinsOf(notes: string[]): { thread: string; since: number }[] {
  return notes
    .filter((line) => line.startsWith('spin'))
    .map((line) => ({ thread: line.split(' ')[1] ?? '', since: Number(line.split(' ')[2]) }))
}

describe('a task at its hard time limit', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const letGo = (): void => writeFileSync(`${lab.notebook}.go`, '')
  const startsOf = (id: string): string[] => lab.notes().filter((line) => line.startsWith(`start ${id} `))

  it('is out of an endless loop within 100 ms; the next one runs, and the other threads notice nothing', async () => {
    engine = await lab.worker({ concurrency: 3 })
    const neighbours = [await engine.client.send('fault.held', [lab.notebook])]
    neighbours.push(await engine.client.send('fault.held', [lab.notebook]))
    await eventually(() => expect(lab.notes()).to.have.length(2))
    const late: number[] = []
    for (let round = 1; round <= 7; round += 1) {
      const sent = await engine.client.send('fault.spinFrom', [lab.notebook], { timeLimit: 0.25 })
      const error = await outcomeOf(Promise.resolve(sent))
      const over = Date.now()
      expect(error).to.be.instanceOf(TaskError).and.include({ type: 'TimeLimitExceeded' })
      late.push(over - (spinsOf(lab.notes()).at(-1)?.since ?? 0) - 250)
      expect(await outcomeOf(engine.client.send('fault.where', [0])), 'the pool is whole again').to.be.a('number')
    }
    const sorted = late.toSorted((a, b) => a - b)
    expect(sorted[3], `median of ${sorted.join(', ')} ms`).to.be.lessThan(100)
    expect(sorted.at(-1), `all of ${sorted.join(', ')} ms`).to.be.lessThan(400)
    expect(new Set(spinsOf(lab.notes()).map(({ thread }) => thread)).size, 'a new thread each time').to.equal(7)
    letGo()
    for (const sent of neighbours) {
      expect(await sent.get({ timeout: 10 })).to.be.a('number')
      expect(startsOf(sent.id)).to.have.length(1)
    }
  })

  it('is run again while its retries last, then it is a dead letter', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.spin', [lab.notebook], { timeLimit: 0.15 }))
    expect(error).to.include({ type: 'TimeLimitExceeded', state: 'FAILURE' })
    expect(lab.notes()).to.have.length(4)
    const [dead] = await engine.aside('dead')
    expect(dead?.note).to.include({ task: 'fault.spin', error: 'TimeLimitExceeded', retries: 3 })
    const { headers } = JSON.parse(String(dead?.raw)) as { headers: Record<string, unknown> }
    expect(headers).to.include({ retries: 3 }).and.not.to.have.property('lovage_crashes')
  })

  it('is not run again where the task says that this does not help', async () => {
    // Mocha's way of loading gives a test a copy of the engine, and of its error classes, of its own; a process has one.
    const ofOneCopy = new URL('../../support/fault-lab.ts', import.meta.url).href
    const support = (await import(ofOneCopy)) as { FaultLab: typeof FaultLab }
    const own = new support.FaultLab()
    await own.open()
    try {
      own.next()
      engine = await own.worker()
      const error = await outcomeOf(engine.client.send('fault.spinForGood', [own.notebook], { timeLimit: 0.15 }))
      expect(error).to.have.property('type', 'TimeLimitExceeded')
      expect(own.notes()).to.have.length(1)
      expect((await engine.aside('dead'))[0]?.note).to.include({ retries: 0 })
    } finally {
      await own.end()
      await own.close()
    }
  })

  it('takes its thread with it also where it only waits', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.held', [lab.notebook], { timeLimit: 0.2 }))
    expect(error).to.include({ type: 'TimeLimitExceeded' })
    letGo()
    await Promise.all(Array.from({ length: 6 }, () => outcomeOf(engine.client.send('fault.where', [30]))))
    expect(lab.notes()).to.have.length(1)
  })

  it('ends an async thread; the others on it are run again, those on other threads are not', async () => {
    const count = 3 * availableParallelism()
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const others = await Promise.all(
      Array.from({ length: count - 1 }, () => engine.client.send('fault.held', [lab.notebook])),
    )
    await eventually(() => expect(lab.notes()).to.have.length(count - 1))
    const error = await outcomeOf(engine.client.send('fault.spinFrom', [lab.notebook], { timeLimit: 0.3 }))
    expect(error).to.include({ type: 'TimeLimitExceeded' })
    const [spun] = spinsOf(lab.notes())
    const onIt = others.filter(({ id }) => startsOf(id)[0]?.split(' ')[2] === spun?.thread)
    expect(onIt).to.have.length(2)
    await eventually(() => {
      for (const sent of others) expect(startsOf(sent.id)).to.have.length(onIt.includes(sent) ? 2 : 1)
    })
    letGo()
    for (const sent of others) {
      expect(await sent.get({ timeout: 10 }))
        .to.be.a('number')
        .and.not.to.equal(Number(spun?.thread))
    }
    const ends = lab.notes().filter((line) => line.startsWith('end'))
    expect(ends, 'each ended once').to.have.length(others.length)
    expect(lab.notes().filter((line) => line.startsWith('start'))).to.have.length(others.length + onIt.length)
    expect(await engine.aside('dead'), 'the one at its limit alone').to.have.length(1)
  })
})
