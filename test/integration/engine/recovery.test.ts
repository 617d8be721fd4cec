import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('claims', () => {
  let server: RedisServer
  const engines: TestEngine[] = []
  let prefix = ''

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(() => {
    prefix = `claims-${Math.random().toString(36).slice(2)}:`
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close(0)))
  })

  async function create(options: { node?: string; leaseMs?: number; queues?: string[] } = {}): Promise<TestEngine> {
    const { leaseMs = 30_000, ...rest } = options
    const engine = await createEngine({
      socketPath: server.socketPath,
      prefix,
      pool: 'solo',
      limits: { leaseMs },
      ...rest,
    })
    engines.push(engine)
    return engine
  }

  /** A process that claimed and then died: its connections are gone, its claims are there. */
  async function deadAfterClaiming(count: number, options: { node?: string; leaseMs?: number } = {}): Promise<void> {
    const engine = await create(options)
    await engine.membership.join()
    for (let number = 0; number < count; number += 1)
      await engine.client.send('test.echo', [number], { taskId: `${prefix}${number}` })
    expect(await engine.claim(count)).to.have.length(count)
    engines.splice(engines.indexOf(engine), 1)
    engine.redis.disconnect()
    engine.blocking.disconnect()
    await Promise.all(engine.pools.map((pool) => pool.destroy()))
  }

  it('of an earlier start of this node come back at once, and run', async () => {
    await deadAfterClaiming(3)
    const next = await create()
    await next.worker.start()
    for (const number of [0, 1, 2]) {
      await eventually(async () => expect(await next.result(`${prefix}${number}`)).to.include({ status: 'SUCCESS' }))
    }
    expect(await next.redis.smembers(next.keys.nodes())).to.have.length(1)
  })

  it('go back in their order, in front of what came later', async () => {
    await deadAfterClaiming(3)
    const next = await create()
    await next.client.send('test.echo', ['later'], { taskId: 'later' })
    await next.membership.join()
    expect(await next.membership.recover()).to.equal(3)
    const claims = await next.claim(10)
    const ids = claims.map(({ raw }) => (JSON.parse(String(raw)) as { headers: { id: string } }).headers.id)
    expect(ids).to.deep.equal([`${prefix}0`, `${prefix}1`, `${prefix}2`, 'later'])
  })

  it('of another node stay until its lease has lapsed', async () => {
    await deadAfterClaiming(1, { node: 'elsewhere', leaseMs: 400 })
    const other = await create({ node: 'here', leaseMs: 400 })
    await other.membership.join()
    expect(await other.membership.recover()).to.equal(0)
    await eventually(async () => expect(await other.membership.recover()).to.equal(1))
  })

  it('of a living process are never taken, also under the same name', async () => {
    const first = await create()
    await first.membership.join()
    await first.client.send('test.echo', [1])
    await first.claim(1)
    const second = await create()
    expect(await second.membership.join()).to.equal('test-2')
    expect(await second.membership.recover()).to.equal(0)
    expect(await first.claims()).to.equal(1)
  })

  it('that were lost are not settled: nothing is written', async () => {
    const engine = await create()
    await engine.membership.join()
    const { id } = await engine.client.send('test.echo', [1])
    const [claim] = await engine.claim(1)
    if (claim === undefined) throw new Error('no claim')
    await engine.broker.handBack()
    const result = { key: `celery-task-meta-${id}`, json: '{}', ttlSeconds: 10 }
    const aside = { kind: 'dead', reason: 'x', taskId: id, taskName: 'x' } as const
    expect(await engine.broker.settle(claim, { result, aside })).to.equal(false)
    expect(await engine.result(id)).to.equal(null)
    expect(await engine.aside('dead')).to.deep.equal([])
    expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1)
  })

  it('are bounded in bytes: the message that crosses the bound is still taken', async () => {
    const engine = await create()
    await engine.membership.join()
    const large = 'x'.repeat(3 * 1024 * 1024)
    for (let number = 0; number < 4; number += 1) await engine.redis.lpush(engine.keys.list('celery'), large)
    expect(await engine.claim(10)).to.have.length(2)
  })

  it('take kombu’s priority steps in their order, and no queue starves another', async () => {
    const engine = await create({ queues: ['a', 'b'] })
    await engine.membership.join()
    for (const [list, text] of [
      ['a', 'a9'],
      ['a', 'a0'],
      ['b', 'b0'],
    ] as const) {
      await engine.redis.lpush(engine.keys.list(list, text.endsWith('9') ? 9 : 0), text)
    }
    const order: string[] = []
    for (let turn = 0; turn < 3; turn += 1) order.push(...(await engine.claim(1)).map(({ raw }) => String(raw)))
    expect(order).to.have.members(['a0', 'a9', 'b0'])
    expect(order.indexOf('a0')).to.be.lessThan(order.indexOf('a9'))
    expect(order.indexOf('b0')).to.be.lessThan(2)
  })

  it('go on after a SCRIPT FLUSH', async () => {
    const engine = await create()
    await engine.membership.join()
    await engine.redis.script('FLUSH')
    await engine.redis.lpush(engine.keys.list('celery'), 'x')
    expect(await engine.claim(1)).to.have.length(1)
  })

  it('whose answer was lost on its way are found and run, and never overwritten', async () => {
    const engine = await createEngine({ socketPath: server.socketPath, prefix, pool: 'solo', commandTimeout: 200 })
    engines.push(engine)
    await engine.membership.join()
    for (const id of ['first', 'second']) await engine.client.send('test.echo', [id], { taskId: prefix + id })
    process.kill(server.pid, 'SIGSTOP')
    const failure = await engine.claim(1).then(
      () => null,
      (error: unknown) => error,
    )
    process.kill(server.pid, 'SIGCONT')
    expect(failure).to.be.an('error')
    // The call was carried out all the same: the message is in a claim that nobody knows of.
    await eventually(async () => expect(await engine.claims()).to.equal(1))
    const [second] = await engine.claim(1)
    expect(await engine.claims()).to.equal(2)
    expect(await engine.broker.returnLost()).to.equal(1)
    const [first] = await engine.claim(1)
    const idOf = (raw?: Uint8Array): unknown => (JSON.parse(String(raw)) as { headers: { id: string } }).headers.id
    expect([idOf(first?.raw), idOf(second?.raw)]).to.deep.equal([`${prefix}first`, `${prefix}second`])
    expect(await engine.broker.returnLost()).to.equal(0)
  })
})
