import { expect } from 'chai'
import { askNodes, listening } from '../../support/ask-nodes.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab } from '../../support/fault-lab.ts'

/** A worker whose pool grows and shrinks with its load. */
describe('autoscale', function () {
  this.timeout(60_000)
  const lab = new FaultLab()
  const soon = { timeoutMs: 15_000 }

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const ask = async (engine: TestEngine, method: string, given: Record<string, unknown> = {}): Promise<unknown> =>
    (await askNodes(engine, method, given))['here']

  /** A worker, and the gate that its tasks wait at. */
  async function scaled(pool: 'threads' | 'async', scale: { max: number; min: number; keepAliveMs: number }) {
    const gate = new Int32Array(new SharedArrayBuffer(12))
    const tasks = ['test/fixtures/tasks/gate.ts']
    const options = { node: 'here', pool, tasks, settings: { gate }, concurrency: scale.min, autoscale: scale }
    const engine = await lab.worker(options)
    const inside = (count: number): Promise<unknown> =>
      eventually(() => expect(Atomics.load(gate, 0)).to.equal(count), soon)
    const send = (count: number) =>
      Promise.all(Array.from({ length: count }, () => engine.client.send('gate.pass', [])))
    const sized = (size: number): Promise<unknown> =>
      eventually(() => expect(engine.pools[0]?.concurrency).to.equal(size), soon)
    return { engine, gate, inside, send, sized, open: () => void Atomics.store(gate, 2, 1) }
  }

  for (const [pool, max] of [
    ['threads', 5],
    ['async', 40],
  ] as const) {
    it(`-P ${pool}: grows to the most with a burst, shrinks to the least after it, and loses nothing`, async () => {
      const { engine, gate, inside, send, sized, open } = await scaled(pool, { max, min: 1, keepAliveMs: 500 })
      const few = await send(2)
      await inside(2)
      await sized(2)
      const many = await send(max * 2)
      await inside(max)
      await sized(max)
      open()
      for (const { id } of [...few, ...many]) {
        await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }), soon)
      }
      expect(Atomics.load(gate, 1), 'most at once').to.equal(max)
      await sized(1)
      await eventually(() => expect(engine.pools[0]?.threadIds).to.have.length(1), soon)
      const [after] = await send(1)
      await eventually(async () => expect(await engine.result(after?.id ?? '')).to.include({ status: 'SUCCESS' }), soon)
      expect([await engine.claims(), await engine.redis.llen(engine.keys.list('celery'))]).to.deep.equal([0, 0])
    })
  }

  it('shrinks under tasks that run: each runs once, to its end', async () => {
    const { engine, inside, send, sized, open } = await scaled('threads', { max: 4, min: 1, keepAliveMs: 60_000 })
    await listening(engine, 1)
    const held = await send(4)
    await inside(4)
    expect(await ask(engine, 'autoscale', { max: 1 })).to.deep.equal({ ok: 'autoscale now max=1 min=1' })
    await sized(1)
    const more = await send(3)
    open()
    for (const { id } of [...held, ...more]) {
      await eventually(async () => expect(await engine.result(id)).to.include({ status: 'SUCCESS' }), soon)
    }
    expect(await ask(engine, 'stats'))
      .to.have.property('total')
      .that.deep.equals({ 'gate.pass': 7 })
  })

  it('gets other bounds by remote control, and tells of them', async () => {
    const { engine, inside, send, sized, open } = await scaled('threads', { max: 2, min: 1, keepAliveMs: 60_000 })
    await listening(engine, 1)
    await send(6)
    await inside(2)
    expect(await ask(engine, 'autoscale', { max: 4, min: 2 })).to.deep.equal({ ok: 'autoscale now max=4 min=2' })
    await inside(4)
    await sized(4)
    expect(await ask(engine, 'stats'))
      .to.have.property('autoscaler')
      .that.deep.equals({ max: 4, min: 2, current: 4, qty: 4 })
    expect(await ask(engine, 'autoscale', { min: 5 })).to.deep.equal({
      error: 'autoscale: expected max to be at least min, came max=4 min=5',
    })
    expect(await ask(engine, 'pool_grow')).to.deep.equal({
      error: 'pool_grow is not supported with autoscale. Adjust autoscale range instead.',
    })
    open()
  })
})
