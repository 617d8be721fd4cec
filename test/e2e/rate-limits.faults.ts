import { expect } from 'chai'
import type { Client } from '../../src/engine/index.ts'
import { eventually } from '../support/eventually.ts'
import { tell } from '../support/fault-run.ts'
import type { Ledger } from '../support/ledger.ts'
import { FaultStage, nothing } from './fault-stage.ts'

/** Tasks at once in each worker, and how many tasks are sent; twenty of them may start in a second, of all workers together. */
const slots = 2
const count = 40
const intervalMs = 50

describe('tasks that wait for their rate limit', function () {
  this.timeout(90_000)
  let stage: FaultStage
  let ledger: Ledger

  beforeEach(async () => {
    stage = await FaultStage.open()
    ledger = stage.ledger()
  })
  afterEach(() => stage?.close())

  async function send(client: Client): Promise<void> {
    for (let number = 1; number <= count; number += 1) await client.send('faults.limited', [ledger.path, number, 20])
  }

  /** The first start of each task, in their order. */
  function firstStarts(): number[] {
    const first = new Map<number, number>()
    for (const { number, time } of ledger.starts()) first.set(number, Math.min(first.get(number) ?? Infinity, time))
    return [...first.values()].toSorted((a, b) => a - b)
  }

  const started = (least: number): Promise<unknown> =>
    eventually(() => expect(firstStarts().length).to.be.at.least(least), { what: 'starts', timeoutMs: 20_000 })

  async function allDone(since: number, mayRepeat: number): Promise<void> {
    await eventually(() => expect(new Set(ledger.ends().map(({ number }) => number)).size).to.equal(count), {
      what: 'the end of all',
      timeoutMs: 40_000,
    })
    const early = firstStarts().map((time, index) => time - (since + index * intervalMs))
    // Times are rounded down to milliseconds, once here and once there.
    expect(Math.min(...early), 'none before the rate allows it').to.be.at.least(-2)
    expect(ledger.repeats(), 'only what was running is repeated').to.be.at.most(mayRepeat)
    tell(`${count} of ${count} ran, ${ledger.repeats()} twice`)
  }

  it('are neither lost nor early when their processes are killed', async () => {
    const one = await stage.started(['-n', 'one', '-c', String(slots)])
    const two = await stage.started(['-n', 'two', '-c', String(slots)])
    const client = await stage.client()
    const since = Date.now()
    await send(client)
    await started(8)
    await one.kill()
    await started(16)
    await two.kill()
    expect(firstStarts().length, 'some still wait').to.be.below(count)
    const three = await stage.started(['-n', 'three', '-c', String(slots)])
    await started(20)
    await three.kill()
    // What they had claimed is taken back by a start of their names at once.
    for (const worker of [one, two, three]) worker.start()
    for (const worker of [one, two, three]) await worker.ready()
    await allDone(since, 3 * slots)
    const broker = await stage.broker()
    await stage.expectRemains(broker, nothing)
    expect(await broker.keys('lovage:eta:celery*')).to.deep.equal([])
  })

  it('are neither lost nor early when Redis is killed', async () => {
    await stage.started(['-n', 'one', '-c', String(slots)])
    const client = await stage.client()
    const since = Date.now()
    await send(client)
    await started(8)
    const before = await stage.redisPid()
    process.kill(before, 'SIGKILL')
    await stage.redisPid(before)
    await allDone(since, slots)
  })
})
