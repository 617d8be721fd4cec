import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Queues } from '../../../../src/engine/queues.ts'
import { begunAt, controlledNode, goldenReply, inHand, known, shapeOf } from './controlled-node.ts'

/** Messages as a real Celery sent them, by their task's name. */
function goldenMessage(name: string): Buffer {
  const text = readFileSync(new URL('../../../fixtures/celery/task_messages.jsonl', import.meta.url), 'utf8')
  const lines = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { raw: string }).raw)
  const found = lines.find((raw) => raw.includes(`"task": "${name}"`))
  if (found === undefined) throw new Error(`no message of ${name} was recorded`)
  return Buffer.from(found)
}

const slow = known('proj.slow')

/** What is another in each process, and at each time. */
function comparable(info: unknown): unknown {
  const { id, hostname, time_start: began, worker_pid: pid, acknowledged, ...rest } = info as Record<string, unknown>
  return { ...rest, seen: [typeof id, typeof hostname, typeof began, typeof pid, typeof acknowledged] }
}

describe('what a node tells of itself', () => {
  it('ping, clock: as Celery does', async () => {
    const { of, ask } = controlledNode()
    expect(await ask('ping')).to.deep.equal(goldenReply('ping'))
    of.clock.adjust(41)
    expect(await ask('clock')).to.deep.equal(goldenReply('clock'))
  })

  for (const method of ['active', 'dump_active']) {
    it(`${method}: what runs, as Celery shows it`, async () => {
      const running = inHand(slow, true, { raw: goldenMessage('proj.slow') })
      const { ask } = controlledNode({ inHand: [running, inHand(slow, false, { id: 'waits' })] })
      const told = (await ask(method)) as unknown[]
      expect(told.map(comparable)).to.deep.equal((goldenReply('active') as unknown[]).map(comparable))
      // Celery acknowledges before it runs a task, unless it is told to do it late.
      expect(told[0]).to.deep.include({ hostname: 'w1@vm', time_start: begunAt / 1000, acknowledged: false })
      expect(told[0]).to.deep.include({ worker_pid: process.pid })
    })
  }

  it('active: arguments as text alone where that is asked for', async () => {
    const { ask } = controlledNode({ inHand: [inHand(slow, true, { raw: goldenMessage('proj.slow') })] })
    expect(await ask('active', { safe: true })).to.have.nested.property('[0].args', '(30,)')
  })

  it('reserved: what was claimed and has not begun', async () => {
    const { ask } = controlledNode({ inHand: [inHand(slow, true), inHand(slow, false, { id: 'waits' })] })
    const told = (await ask('reserved')) as unknown[]
    expect(told).to.have.length(1)
    expect(told[0]).to.deep.include({ id: 'waits', time_start: null, worker_pid: null })
    expect(await controlledNode().ask('reserved')).to.deep.equal(goldenReply('reserved'))
  })

  it('scheduled: what is due, as Celery shows it', async () => {
    const [golden] = goldenReply('scheduled') as { eta: string; request: Record<string, unknown> }[]
    if (golden === undefined) throw new Error('nothing was scheduled')
    const due = Date.parse(golden.eta)
    const { work } = inHand(known('proj.add'), false, { args: [1, 2], id: String(golden.request['id']) })
    const { ask } = controlledNode({ upcoming: async () => [{ queue: 'celery', due, raw: work.claim.raw }] })
    const told = await ask('scheduled')
    // Redis keeps whole milliseconds.
    expect(told).to.deep.equal([{ ...golden, eta: golden.eta.replace('142+', '000+') }])
  })

  it('scheduled: a whole second as Python writes it, and nothing of what can not be read', async () => {
    const raw = inHand(slow, false).work.claim.raw
    const upcoming = async () => [
      { queue: 'celery', due: 1_000, raw: Buffer.from('no') },
      { queue: 'celery', due: 2_000, raw },
    ]
    const told = (await controlledNode({ upcoming }).ask('scheduled')) as { eta: string }[]
    expect(told.map(({ eta }) => eta)).to.deep.equal(['1970-01-01T00:00:02+00:00'])
  })

  it('query_task: state and facts of those that are here, whatever the form of the question', async () => {
    const held = [inHand(slow, true, { id: 'a' }), inHand(slow, false, { id: 'b' })]
    const { ask } = controlledNode({ inHand: held })
    const told = (await ask('query_task', { ids: ['a', 'b', 'c'] })) as Record<string, [string, { id: string }]>
    expect(Object.entries(told).map(([id, [state, info]]) => [id, state, info.id])).to.deep.equal([
      ['a', 'active', 'a'],
      ['b', 'reserved', 'b'],
    ])
    expect(shapeOf(told['a'])).to.deep.equal(
      shapeOf(
        { ...(goldenReply('query_task') as Record<string, unknown[]>) }['aaaaaaaa-0000-0000-0000-000000000001']?.map(
          (value) => (typeof value === 'object' ? { ...value, args: [] } : value),
        ),
      ),
    )
    expect(await ask('query_task', { ids: 'b' })).to.have.keys('b')
  })

  it('revoked: ids, the newest of very many', async () => {
    const ids = Array.from({ length: 10_001 }, (_value, index) => String(index))
    expect(await controlledNode({ revoked: ['a', 'b'] }).ask('revoked')).to.deep.equal(['a', 'b'])
    expect(await controlledNode({ revoked: ids }).ask('revoked')).to.deep.equal(ids.slice(1))
  })

  it('registered: names in their order, with the attributes that are asked for', async () => {
    const tasks = new Map([
      known('b', { maxRetries: null, timeLimit: 5 }),
      known('celery.map'),
      known('a', { ignoreResult: true }),
    ])
    const { ask } = controlledNode({ tasks })
    expect(await ask('registered', { taskinfoitems: [] })).to.deep.equal(['a', 'b'])
    expect(await ask('registered', { builtins: true })).to.deep.equal(['a', 'b', 'celery.map'])
    const wanted = { taskinfoitems: ['max_retries', 'ignore_result', 'time_limit', 'rate_limit', 'constructor'] }
    expect(await ask('registered', wanted)).to.deep.equal([
      'a [max_retries=3 ignore_result=True]',
      'b [ignore_result=False time_limit=5]',
    ])
  })

  it('active_queues: as Celery describes them', async () => {
    expect(await controlledNode().ask('active_queues')).to.deep.equal(goldenReply('active_queues'))
    const queues = new Queues([])
    queues.add({ name: 'q', exchange: 'x', routingKey: 'r' })
    const told = await controlledNode({ queues }).ask('active_queues')
    expect(told).to.have.nested.property('[0].exchange.name', 'x')
    expect(told).to.have.nested.property('[0].routing_key', 'r')
  })

  it('stats: the figures that Celery has, under its names', async () => {
    const started = known('proj.slow')
    started[1].started = 3
    const { ask } = controlledNode({ tasks: new Map([started, known('proj.never')]) })
    const told = (await ask('stats')) as Record<string, Record<string, unknown>>
    const golden = goldenReply('stats') as Record<string, Record<string, unknown>>
    expect(told).to.have.keys(Object.keys(golden))
    expect(told['pool']).to.have.keys(Object.keys(golden['pool'] ?? {}))
    expect(shapeOf(told['rusage'])).to.deep.equal(shapeOf(golden['rusage']))
    expect(told).to.deep.include({
      total: { 'proj.slow': 3 },
      pid: process.pid,
      clock: '0',
      uptime: 14,
      prefetch_count: 9,
      broker: { transport: 'redis', virtual_host: '10' },
    })
    expect(told['pool']).to.deep.include({ 'max-concurrency': 2, processes: [7, 8], 'max-tasks-per-child': 'N/A' })
  })

  it('stats: how many messages wait for rate limits', async () => {
    expect(await controlledNode({ limited: async () => new Map([['proj.slow', 3]]) }).ask('stats'))
      .to.have.property('rate_limited')
      .deep.equal({ 'proj.slow': 3 })
  })

  it('stats: the process where there are no threads', async () => {
    const pools = [{ kind: 'solo' as const, concurrency: 1, threadIds: [] }]
    expect(await controlledNode({ pools }).ask('stats'))
      .to.have.nested.property('pool.processes')
      .deep.equal([process.pid])
  })

  it('conf: the settings, and the others on demand', async () => {
    const { ask } = controlledNode()
    expect(await ask('conf')).to.deep.equal({ task_default_queue: 'celery' })
    expect(await ask('conf', { with_defaults: true })).to.deep.equal({ task_default_queue: 'celery', enable_utc: true })
  })

  it('report, memsample', async () => {
    const { ask } = controlledNode()
    expect(await ask('report')).to.deep.equal({ ok: 'a report' })
    expect(await ask('memsample')).to.match(/^\d+(\.\d+)?MB$/)
  })
})
