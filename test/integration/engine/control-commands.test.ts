import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { askNodes, askRaw, listening } from '../../support/ask-nodes.ts'
import type { TestEngine, TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

/** What nodes are asked and told over a real Redis, and what comes of it. */
describe('remote control of a worker', function () {
  this.timeout(60_000)
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  /** A worker that listens; `others` listen already. */
  async function worker(options: Partial<TestEngineOptions> = {}, others = 0): Promise<TestEngine> {
    const started = await lab.worker({ node: 'here', ...options })
    await listening(started, others + 1)
    return started
  }

  const letGo = (): void => writeFileSync(`${lab.notebook}.go`, '')
  const ask = async (method: string, given: Record<string, unknown> = {}): Promise<unknown> =>
    (await askNodes(engine, method, given, { destination: ['here'] }))['here']
  const hold = (queue = 'celery') => engine.client.send('fault.held', [lab.notebook], { queue })
  const begun = (count: number): Promise<unknown> =>
    eventually(() => expect(lab.notes().filter((line) => line.startsWith('start'))).to.have.length(count))
  const ended = (sent: { id: string }): Promise<unknown> =>
    eventually(async () => expect(await engine.result(sent.id)).to.include({ status: 'SUCCESS' }))
  const waiting = (queue: string): Promise<number> => engine.redis.llen(engine.keys.list(queue))

  it('tells what runs, what waits and what is due', async () => {
    engine = await worker({ pool: 'async', concurrency: 1, others: { threads: 1, async: 1 } })
    const held = await hold()
    await begun(1)
    // Its own pool is free; of the other one it must wait for a slot.
    const waits = await engine.client.send('fault.heldAmong', [lab.notebook])
    const due = await engine.client.send('fault.held', [lab.notebook], { countdown: 600 })
    const idsOf = (told: unknown): unknown => (told as { id: string }[]).map(({ id }) => id)
    await eventually(async () => expect(idsOf(await ask('reserved'))).to.deep.equal([waits.id]))
    const active = await ask('active')
    expect(idsOf(active)).to.deep.equal([held.id])
    expect(active).to.have.nested.property('[0].args').deep.equal([lab.notebook])
    expect(active)
      .to.have.nested.property('[0].time_start')
      .closeTo(Date.now() / 1000, 30)
    const scheduled = (await ask('scheduled')) as { eta: string; request: { id: string } }[]
    expect(scheduled.map(({ request }) => request.id)).to.deep.equal([due.id])
    expect(Date.parse(scheduled[0]?.eta ?? '')).to.be.closeTo(Date.now() + 600_000, 30_000)
    const found = (await ask('query_task', { ids: [held.id, waits.id, due.id] })) as Record<string, [string]>
    expect(Object.entries(found).map(([id, [state]]) => [id, state])).to.have.deep.members([
      [held.id, 'active'],
      [waits.id, 'reserved'],
    ])
    expect(await ask('stats'))
      .to.have.nested.property('total')
      .deep.equal({ 'fault.held': 1 })
    letGo()
    await Promise.all([ended(held), ended(waits)])
    expect(await ask('active')).to.deep.equal([])
  })

  it('tells of many that are due, the next ones first, and of no more than a reply is good for', async () => {
    engine = await worker()
    const { redis, keys, client } = engine
    const sent: { id: string }[] = []
    while (sent.length < 1_100) {
      const some = Array.from({ length: 50 }, (_value, index) => 600 + sent.length + index)
      sent.push(...(await Promise.all(some.map((countdown) => client.send('fault.held', [], { countdown })))))
    }
    const told = (await ask('scheduled')) as { request: { id: string } }[]
    expect(told.map(({ request }) => request.id)).to.deep.equal(sent.slice(0, 1_000).map(({ id }) => id))
    for (const size of [700_000, 300_000]) await client.send('fault.held', ['x'.repeat(size)], { countdown: 500 })
    const again = (await ask('scheduled')) as { request: { id: string; args: unknown } }[]
    expect(again, 'the largest one is left out').to.have.length(999)
    expect(again[0]?.request.args, 'what is large is not read').to.equal('(...)')
    expect(again[1]?.request.id).to.equal(sent[0]?.id)
    expect(await redis.zcard(keys.schedule('celery'))).to.equal(1_102)
  })

  it('takes tasks from one more queue, and from no more of it when that is said', async () => {
    engine = await worker({ concurrency: 4 })
    letGo()
    const early = await hold('mail')
    expect(await waiting('mail')).to.equal(1)
    expect(await ask('add_consumer', { queue: 'mail', exchange: 'post', routing_key: 'letters' })).to.deep.equal({
      ok: 'add consumer mail',
    })
    await ended(early)
    expect(await engine.redis.smembers(engine.keys.binding('post'))).to.deep.equal([
      engine.keys.boundQueue('letters', 'mail'),
    ])
    expect(((await ask('active_queues')) as { name: string }[]).map(({ name }) => name)).to.deep.equal([
      'celery',
      'mail',
    ])
    expect(await ask('cancel_consumer', { queue: 'mail' })).to.deep.equal({ ok: 'no longer consuming from mail' })
    await hold('mail')
    await ended(await hold())
    expect(await waiting('mail'), 'it is for others').to.equal(1)
  })

  it('runs what it has claimed from a queue that it gives up, and hands on what was due later there', async () => {
    engine = await worker({ queues: ['celery', 'mail'] })
    const held = await hold('mail')
    await begun(1)
    const due = await engine.client.send('fault.held', [lab.notebook], { queue: 'mail', countdown: 0.5 })
    await ask('cancel_consumer', { queue: 'mail' })
    letGo()
    await ended(held)
    await eventually(async () => expect(await waiting('mail'), 'where whoever serves it finds it').to.equal(1))
    expect(await engine.result(due.id)).to.equal(null)
  })

  it('may be without any queue, and gets one again', async () => {
    engine = await worker()
    letGo()
    await ask('cancel_consumer', { queue: 'celery' })
    const sent = await hold()
    expect(await ask('active_queues')).to.deep.equal([])
    expect(engine.worker.activity.full).to.equal(true)
    expect(await waiting('celery')).to.equal(1)
    await ask('add_consumer', { queue: 'celery' })
    await ended(sent)
  })

  it('takes no queue that would keep it from taking anything', async () => {
    engine = await worker()
    letGo()
    await engine.redis.set(engine.keys.list('mail', 6), 'no list')
    expect(await ask('add_consumer', { queue: 'mail' })).to.deep.equal({
      error: 'queue mail: expected a list in Redis, came a string',
    })
    expect(await ask('add_consumer', { queue: 'lovage:claims:a:b:1' })).to.have.property('error')
    await ended(await hold())
  })

  it('runs more tasks at once, and fewer, and loses none', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(12))
    const tasks = ['test/fixtures/tasks/gate.ts']
    engine = await worker({ tasks, settings: { gate }, concurrency: 2 })
    const inside = (count: number): Promise<unknown> =>
      eventually(() => expect(Atomics.load(gate, 0)).to.equal(count), { timeoutMs: 10_000 })
    const sent = await Promise.all(Array.from({ length: 8 }, () => engine.client.send('gate.pass', [])))
    await inside(2)
    expect(await ask('pool_grow', { n: 2 })).to.deep.equal({ ok: 'pool will grow' })
    await inside(4)
    expect(await ask('pool_shrink', { n: 3 })).to.deep.equal({ ok: 'pool will shrink' })
    expect(await ask('stats')).to.have.nested.property('pool.max-concurrency', 1)
    expect(Atomics.load(gate, 0), 'what runs goes on').to.equal(4)
    Atomics.store(gate, 2, 1)
    await Promise.all(sent.map(ended))
    Atomics.store(gate, 2, 0)
    Atomics.store(gate, 1, 0)
    const later = await Promise.all([1, 2, 3].map(() => engine.client.send('gate.pass', [])))
    await inside(1)
    expect([engine.worker.activity.running, await waiting('celery')]).to.deep.equal([1, 2])
    Atomics.store(gate, 2, 1)
    await Promise.all(later.map(ended))
    expect(Atomics.load(gate, 1), 'most at once').to.equal(1)
    expect(await ask('pool_shrink', { n: 1 }))
      .to.have.property('error')
      .that.includes('came 1 - 1')
  })

  for (const pool of ['threads', 'async'] as const) {
    it(`runs each of many tasks once while the ${pool} pool grows, shrinks and is restarted`, async () => {
      engine = await worker({ pool, concurrency: 2, tasks: ['test/fixtures/tasks/brief.ts'] })
      const told = ['pool_grow', 'pool_restart', 'pool_shrink', 'pool_grow', 'pool_shrink', 'pool_restart']
      const count = 3_000
      const sending = (async () => {
        for (let sent = 0; sent < count; sent += 100) {
          const some = Array.from({ length: 100 }, () => engine.client.send('brief.notes', [lab.notebook]))
          await Promise.all(some)
        }
      })()
      for (const [index, method] of told.entries()) {
        await eventually(() => expect(lab.notes().length).to.be.at.least(((index + 1) * count) / 10), {
          timeoutMs: 20_000,
        })
        expect(await ask(method)).to.have.property('ok')
      }
      await sending
      await eventually(() => expect(lab.notes().length).to.be.at.least(count), { timeoutMs: 30_000 })
      await eventually(() => expect(engine.worker.activity.running).to.equal(0))
      const ran = lab.notes().map((line) => line.split(' ')[0])
      expect([ran.length, new Set(ran).size]).to.deep.equal([count, count])
      expect([await waiting('celery'), await engine.claims()]).to.deep.equal([0, 0])
    })
  }

  it('says what the solo pool can not', async () => {
    engine = await worker({ pool: 'solo' })
    for (const method of ['pool_grow', 'pool_restart']) {
      expect(await ask(method))
        .to.have.property('error')
        .that.includes('solo pool')
    }
    expect(await ask('pool_shrink')).to.have.property('error')
  })

  it('has other time limits from now on', async () => {
    engine = await worker()
    expect(await ask('time_limit', { task_name: 'fault.deaf', soft: null, hard: 0.2 })).to.deep.equal({
      ok: 'time limits set successfully',
    })
    const outcome = await outcomeOf(engine.client.send('fault.deaf', [lab.notebook]))
    expect(String(outcome)).to.contain('TimeLimitExceeded')
  })

  it('revokes for all nodes, whoever is asked, and tells what is revoked', async () => {
    engine = await worker()
    await worker({ node: 'there', queues: ['far'] }, 1)
    const running = await hold('far')
    await begun(1)
    const waits = await engine.client.send('fault.work', [lab.notebook, 0], { queue: 'later' })
    expect(await ask('revoke', { task_id: [waits.id] })).to.deep.equal({
      ok: `tasks {'${waits.id}'} flagged as revoked`,
    })
    // It runs on another node: nothing is known of it here, and it ends there all the same.
    expect(await ask('terminate', { signal: 'KILL', task_id: running.id })).to.deep.equal({
      ok: 'terminate: tasks unknown',
    })
    await eventually(async () => expect(await engine.result(running.id)).to.include({ status: 'REVOKED' }))
    await ask('add_consumer', { queue: 'later' })
    await eventually(async () => expect(await engine.result(waits.id)).to.include({ status: 'REVOKED' }))
    await eventually(async () => {
      const told = await askNodes(engine, 'revoked')
      expect(Object.entries(told).map(([node, ids]) => [node, new Set(ids as string[])])).to.have.deep.members([
        ['here', new Set([waits.id, running.id])],
        ['there', new Set([waits.id, running.id])],
      ])
    })
  })

  it('is meant by its name, or by a pattern', async () => {
    engine = await worker({ node: 'host-1' })
    await worker({ node: 'host-2' }, 1)
    await worker({ node: 'other' }, 2)
    const [one, two] = ['host-1', 'host-2']
    expect(await askRaw(engine, { pattern: { text: 'host-?', matcher: 'glob' } })).to.deep.equal([one, two])
    expect(await askRaw(engine, { pattern: { text: 'host-[^1]', matcher: 'pcre' } })).to.deep.equal([two])
    expect(await askRaw(engine, { destination: [one, 'nobody'] })).to.deep.equal([one])
  })

  it('tells its process to end, without a reply', async () => {
    engine = await worker()
    expect(await askNodes(engine, 'shutdown', {}, { timeoutMs: 300 })).to.deep.equal({})
    expect(engine.shutDowns).to.deep.equal(['here'])
  })
})
