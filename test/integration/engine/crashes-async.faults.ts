import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import type { AsyncResult } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a task that ends a thread with many tasks on it', () => {
  const lab = new FaultLab()
  let engine: TestEngine
  /** So many tasks at once that each thread has three. */
  const count = 3 * availableParallelism()

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const letGo = (): void => writeFileSync(`${lab.notebook}.go`, '')
  const startsOf = (id: string): string[] => lab.notes().filter((line) => line.startsWith(`start ${id}`))
  const hold = (): Promise<AsyncResult> => engine.client.send('fault.held', [lab.notebook])

  /** Sends a task that is said to have ended a thread before: it runs alone. */
  async function sendSuspect(task: string, args: unknown[], id: string): Promise<AsyncResult> {
    const outgoing = { name: task, args, id, queue: 'celery', sentAt: Date.now(), origin: 'test' }
    const message = JSON.parse(encodeMessage(outgoing)) as { headers: Record<string, unknown> }
    message.headers['lovage_crashes'] = 1
    await engine.redis.lpush(engine.keys.list('celery'), JSON.stringify(message))
    return engine.client.asyncResult(id)
  }

  for (const how of ['exit', 'timer', 'heap']) {
    it(`is found out and set aside; the others on that thread are run again and succeed (${how})`, async () => {
      engine = await lab.worker({
        pool: 'async',
        concurrency: count,
        ...(how === 'heap' && { maxMemoryPerChild: 48 * 1024 }),
      })
      const others = await Promise.all(Array.from({ length: count - 1 }, hold))
      await eventually(() => expect(lab.notes()).to.have.length(count - 1))
      const first = lab.notes().map((line) => line.split(' '))
      const crash = await engine.client.send('fault.crash', [lab.notebook, how])
      await eventually(() => expect(lab.notes().length, 'somebody is run again').to.be.greaterThan(count))
      letGo()
      expect(String(await outcomeOf(Promise.resolve(crash)))).to.include('it ended its thread 3 times')
      for (const sent of others) expect(await sent.get({ timeout: 15 })).to.be.a('number')

      const again = others.filter(({ id }) => startsOf(id).length > 1)
      expect(again, 'those on its thread').to.have.length(2)
      const threads = first.filter(([, id]) => again.some((sent) => sent.id === id)).map(([, , thread]) => thread)
      expect(new Set(threads).size).to.equal(1)
      for (const { id } of again) expect(startsOf(id)).to.have.length(2)
      // Among others it may be anybody's doing: that time is not counted.
      expect(startsOf(crash.id)).to.have.length(4)
      const dead = await engine.aside('dead')
      expect(dead.map(({ note }) => note['id'])).to.deep.equal([crash.id])
      expect(dead[0]?.note).to.include({ retries: 0 })
    })
  }

  it('is one of several: each is set aside, and no innocent is', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const crashes = await Promise.all(
      ['exit', 'timer', 'rejection'].map((how) => engine.client.send('fault.crash', [lab.notebook, how])),
    )
    const others = await Promise.all(
      Array.from({ length: 2 * count }, () => engine.client.send('fault.work', [lab.notebook, 50])),
    )
    for (const sent of crashes) {
      expect(await outcomeOf(Promise.resolve(sent), 30)).to.include({ type: 'WorkerLostError' })
    }
    for (const sent of others) expect(await outcomeOf(Promise.resolve(sent))).to.equal(50)
    expect(await engine.aside('dead')).to.have.length(crashes.length)
    expect(await outcomeOf(engine.client.send('fault.where', [0]))).to.be.a('number')
  }).timeout(60_000)

  it('does not hold up the others that are suspected, however long one of them takes', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const first = await sendSuspect('fault.held', [lab.notebook], 'slow')
    await eventually(() => expect(startsOf(first.id)).to.have.length(1))
    const second = await sendSuspect('fault.where', [0], 'quick')
    expect(await outcomeOf(Promise.resolve(second), 8)).to.be.a('number')
  })

  it('is not started any more once the worker has stopped, when it was waiting to run alone', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const sent = [await sendSuspect('fault.held', [lab.notebook], 'first')]
    await eventually(() => expect(lab.notes()).to.have.length(1))
    for (const id of ['second', 'third']) sent.push(await sendSuspect('fault.held', [lab.notebook], id))
    await eventually(async () => expect(await engine.claims()).to.equal(3))
    const before = lab.notes().length
    await engine.close(0)
    expect(lab.notes(), 'nothing was begun').to.have.length(before)
    // All three are back on the queue, for the next worker.
    letGo()
    engine = await lab.worker({ node: 'next' })
    const reader = engine.client
    for (const { id } of sent) expect(await outcomeOf(Promise.resolve(reader.asyncResult(id)))).to.be.a('number')
    expect(startsOf('third').length).to.be.at.most(2)
  })

  it('is ended before it has begun when it is revoked while it waits to run alone', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: count })
    const suspects = [await sendSuspect('fault.held', [lab.notebook], 'a')]
    // However many run alone at one time: the last of these waits for them.
    for (let each = 0; each < count - 2; each += 1)
      suspects.push(await sendSuspect('fault.held', [lab.notebook], `b${each}`))
    await eventually(async () => expect(await engine.claims()).to.equal(count - 1))
    await eventually(() => expect(lab.notes()).not.to.be.empty)
    const last = suspects.findLast(({ id }) => startsOf(id).length === 0)
    if (last === undefined) throw new Error('all of them run')
    await engine.client.revoke(last.id, { terminate: true })
    expect(await outcomeOf(engine.client.send('fault.where', [0])), 'it is known').to.be.a('number')
    letGo()
    expect(await outcomeOf(Promise.resolve(last))).to.include({ state: 'REVOKED' })
    expect(startsOf(last.id)).to.deep.equal([])
  })
})
