import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import type { AsyncResult } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

const tasks = ['faults', 'more-faults', 'brief'].map((name) => `test/fixtures/tasks/${name}.ts`)

describe('short tasks from the queue, when one of them is not short', () => {
  const lab = new FaultLab()

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const many = (count: number): undefined[] => Array.from({ length: count })
  const send = (engine: TestEngine, count: number, name: string, ...args: unknown[]): Promise<AsyncResult[]> =>
    Promise.all(many(count).map(() => engine.client.send(name, [lab.notebook, ...args])))
  const allEnd = (sent: readonly AsyncResult[]): Promise<unknown[]> =>
    Promise.all(sent.map((each) => each.get({ timeout: 15 })))
  /** The ids of those that have begun, in that order. */
  const begun = (): string[] =>
    lab.notes().flatMap((line) => (line.startsWith('end') ? [] : (/[0-9a-f-]{36}/.exec(line)?.[0] ?? [])))
  const letGo = (file: string): void => writeFileSync(`${file}.go`, '')

  /** A worker that has found these tasks short. */
  async function worker(node = 'first', concurrency = 1): Promise<TestEngine> {
    const engine = await lab.worker({ node, concurrency, tasks })
    const file = `${lab.notebook}.${node}`
    letGo(file)
    for (let turn = 0; turn < 3; turn += 1) {
      for (const name of ['fault.held', 'brief.notes'])
        await (await engine.client.send(name, [file])).get({ timeout: 10 })
      await (await engine.client.send('fault.work', [file, 1])).get({ timeout: 10 })
    }
    await eventually(async () => expect(await engine.claims()).to.equal(0))
    return engine
  }

  it('the others go back to the queue, and another process runs them while the slow one runs; each once', async () => {
    const first = await worker()
    const [slow] = await send(first, 1, 'fault.held')
    await eventually(() => expect(begun()).to.deep.equal([slow?.id]))
    const others = await send(first, 100, 'brief.notes')
    const second = await worker('second')
    await allEnd(others)
    expect(await slow?.state()).to.equal('PENDING')
    letGo(lab.notebook)
    await slow?.get({ timeout: 10 })
    expect(begun().toSorted()).to.deep.equal([slow, ...others].map((each) => each?.id ?? '').toSorted())
    for (const engine of [first, second]) {
      await eventually(async () => expect(await engine.claims()).to.equal(0))
      expect(engine.worker.activity.running).to.equal(0)
    }
  })

  it('the others go back to the queue again and again where nobody else is, and run once each when it has ended', async () => {
    const engine = await worker()
    const [slow] = await send(engine, 1, 'fault.held')
    await eventually(() => expect(begun()).to.have.length(1))
    await engine.redis.config('RESETSTAT')
    const others = await send(engine, 20, 'brief.notes')
    await eventually(async () => {
      const stats = await engine.redis.info('commandstats')
      expect(Number(/cmdstat_rpush:calls=(\d+)/.exec(stats)?.[1] ?? 0), 'put back').to.be.at.least(60)
    })
    expect(begun()).to.have.length(1)
    letGo(lab.notebook)
    await allEnd(others)
    await slow?.get({ timeout: 10 })
    expect(begun().toSorted()).to.deep.equal([slow, ...others].map((each) => each?.id ?? '').toSorted())
    await eventually(async () => expect(await engine.claims()).to.equal(0))
  })

  it('one that ends its thread is a dead letter after three crashes; the others run once', async () => {
    const engine = await worker('first', 2)
    const before = await send(engine, 30, 'brief.notes')
    const [culprit] = await send(engine, 1, 'fault.crash', 'exit')
    const behind = await send(engine, 60, 'brief.notes')
    await allEnd([...before, ...behind])
    expect(await outcomeOf(Promise.resolve(culprit as AsyncResult))).to.include({ type: 'WorkerLostError' })
    const counts = new Map<string, number>()
    for (const id of begun()) counts.set(id, (counts.get(id) ?? 0) + 1)
    expect(counts.get(culprit?.id ?? '')).to.equal(3)
    counts.delete(culprit?.id ?? '')
    expect([...counts.values()]).to.deep.equal(many(90).map(() => 1))
    expect(await engine.aside('dead')).to.have.length(1)
    await eventually(async () => expect(await engine.claims()).to.equal(0))
  })

  it('a stop in the middle of them loses none, and repeats none that has ended', async () => {
    const first = await worker('first', 2)
    const sent = await send(first, 300, 'fault.work', 2)
    await eventually(() => expect(begun().length).to.be.greaterThan(30))
    await first.close(0)
    const ended = new Set(lab.notes().flatMap((line) => (line.startsWith('end ') ? [line.slice(4)] : [])))
    expect(ended.size).to.be.lessThan(300)
    const second = await worker('second', 2)
    await Promise.all(sent.map(({ id }) => second.client.asyncResult(id).get({ timeout: 15 })))
    const starts = begun()
    expect(new Set(starts).size).to.equal(300)
    // At most what ran at the stop, and what had ended there and could not be settled any more.
    expect(starts.length).to.be.within(300, 310)
    await eventually(async () => expect(await second.claims()).to.equal(0))
    expect(await second.redis.llen(second.keys.list('celery'))).to.equal(0)
  })

  it('one that is terminated ends; the others run once', async () => {
    const engine = await worker('first', 2)
    const [slow] = await send(engine, 1, 'fault.held')
    const others = await send(engine, 60, 'brief.notes')
    await eventually(() => expect(begun()).to.include(slow?.id))
    await engine.client.revoke(slow?.id ?? '', { terminate: true })
    expect(await outcomeOf(Promise.resolve(slow as AsyncResult))).to.include({ state: 'REVOKED' })
    await allEnd(others)
    expect(begun().toSorted()).to.deep.equal([slow, ...others].map((each) => each?.id ?? '').toSorted())
  })

  it('the hard limit ends it in time, and those behind it have run long before', async () => {
    const engine = await worker('first', 2)
    const started = performance.now()
    const slow = engine.client.send('fault.held', [lab.notebook], { timeLimit: 1 })
    const others = await send(engine, 60, 'brief.notes')
    await allEnd(others)
    expect(performance.now() - started).to.be.lessThan(900)
    expect(await outcomeOf(slow)).to.include({ type: 'TimeLimitExceeded' })
    expect(performance.now() - started).to.be.within(950, 2_500)
  })
})
