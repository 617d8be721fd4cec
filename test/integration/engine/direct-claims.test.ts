import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('a message for a worker of the same process that waits for work', () => {
  let server: RedisServer
  const engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())))

  async function engineOf(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await createEngine({ socketPath: server.socketPath, pool: 'solo', ...options })
    engines.push(engine)
    return engine
  }

  /** One whose worker has looked at its lists and found nothing. */
  async function idle(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const engine = await engineOf(options)
    await engine.worker.start()
    await eventually(() => {
      const reservation = engine.worker.reserve('celery', 1, 10)
      reservation?.release()
      expect(reservation).not.to.equal(null)
    })
    // To be asked has made it look once more.
    await new Promise((resolve) => setImmediate(resolve))
    await engine.redis.config('RESETSTAT')
    await engine.redis.ping()
    return engine
  }

  async function calls({ redis }: TestEngine, command: string): Promise<number> {
    const stats = await redis.info('commandstats')
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  }
  const echo = (engine: TestEngine, what: string): Promise<string> =>
    engine.client.send('test.echo', [what]).then(({ id }) => id)

  it('is its claim at once: it never is on the list', async () => {
    const engine = await idle()
    const id = await echo(engine, 'x')
    await eventually(async () => expect((await engine.result(id))?.result).to.deep.equal(['x']))
    expect(await calls(engine, 'lpush')).to.equal(0)
    expect(await engine.claims()).to.equal(0)
  })

  it('is served behind those that came before', async () => {
    const engine = await idle()
    // Pushed and sent with one write: the worker can't have taken the first one meanwhile.
    const first = engine.redis.lpush(engine.keys.list('celery'), 'no message')
    const id = await echo(engine, 'x')
    await first
    await eventually(async () => expect((await engine.result(id))?.result).to.deep.equal(['x']))
    expect((await engine.aside('unreadable')).map(({ raw }) => String(raw))).to.deep.equal(['no message'])
    expect(await calls(engine, 'lpush')).to.equal(2)
  })

  it('goes on the list where more are sent than there are slots', async () => {
    const engine = await idle()
    const ids = await Promise.all(['a', 'b', 'c'].map((what) => echo(engine, what)))
    await eventually(async () =>
      expect(await Promise.all(ids.map(async (id) => (await engine.result(id))?.result))).to.deep.equal([
        ['a'],
        ['b'],
        ['c'],
      ]),
    )
    expect(await calls(engine, 'lpush')).to.equal(1)
  })

  it('is not run if it was revoked before', async () => {
    const engine = await idle()
    const taskId = randomUUID()
    await engine.client.revoke(taskId)
    await engine.client.send('test.echo', ['x'], { taskId })
    await eventually(async () => expect((await engine.result(taskId))?.status).to.equal('REVOKED'))
    expect(await calls(engine, 'lpush')).to.equal(0)
  })

  it('is refused where the queue is full', async () => {
    const engine = await idle({ limits: { maxQueueLength: 1 } })
    const eta = new Date(Date.now() + 3_600_000)
    await engine.client.send('test.echo', ['later'], { eta })
    await eventually(async () => expect(await engine.redis.zcard(engine.keys.schedule('celery'))).to.equal(1))
    const refused = await echo(engine, 'x').catch((error: unknown) => error)
    expect(refused).to.be.an('error').with.property('code', 'QUEUE_FULL')
    expect(await engine.claims()).to.equal(0)
  })

  it('is found and run when the answer to its claim is lost', async () => {
    const engine = await idle({ commandTimeout: 200, limits: { leaseMs: 1_000, enqueueTimeoutMs: 5_000 } })
    process.kill(server.pid, 'SIGSTOP')
    const sent = echo(engine, 'x')
    await eventually(() => expect(engine.logger.has('broker')).to.equal(true))
    process.kill(server.pid, 'SIGCONT')
    const id = await sent
    await eventually(async () => expect((await engine.result(id))?.result).to.deep.equal(['x']))
    expect(await engine.claims()).to.equal(0)
    expect(engine.logger.has('took back messages whose claim was not answered')).to.equal(true)
  })

  it('is left to others, or run, by a worker that is being stopped', async () => {
    const engine = await idle()
    process.kill(server.pid, 'SIGSTOP')
    const sent = echo(engine, 'x')
    // It is on its way: the turn of the event loop in which it was sent is over.
    await new Promise((resolve) => setImmediate(resolve))
    const stopped = engine.worker.stop(new Promise(() => {}))
    process.kill(server.pid, 'SIGCONT')
    const id = await sent
    await stopped
    expect([(await engine.result(id))?.result, await engine.claims()]).to.deep.equal([['x'], 0])
  })
})
