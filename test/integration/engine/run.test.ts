import { expect } from 'chai'
import type { PoolKind } from '../../../src/engine/index.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('a task, from delay to its result', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close())

  async function resultOf(id: string): Promise<{ status: string; result: unknown }> {
    return eventually(async () => {
      const result = await engine.result(id)
      if (result === null || result.status === 'RETRY') throw new Error('no result yet')
      return result
    })
  }

  for (const pool of ['threads', 'async', 'solo'] satisfies PoolKind[]) {
    it(`runs in the ${pool} pool and stores its result in the step that ends the claim`, async () => {
      engine = await createEngine({ socketPath: server.socketPath, pool })
      await engine.worker.start()
      const { id } = await engine.client.send('test.add', [2, 3])
      expect(await resultOf(id)).to.include({ status: 'SUCCESS', result: 5 })
      await eventually(async () => expect(await engine.claims()).to.equal(0))
      expect(await engine.results.state(id)).to.equal('SUCCESS')
      expect(await engine.results.state('unknown')).to.equal('PENDING')
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(0)
    })
  }

  it('that is due later waits where somebody looks after it: on the schedule while a worker runs here, else on its list', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    const { worker, client, redis, keys } = engine
    const places = async (): Promise<{ scheduled: number; waiting: number }> => {
      await client.send('test.add', [2, 3], { countdown: 600 })
      const names = [keys.schedule('celery'), keys.list('celery')] as const
      return { scheduled: await redis.zcard(names[0]), waiting: await redis.llen(names[1]) }
    }
    expect(await places()).to.deep.equal({ scheduled: 0, waiting: 1 })
    await redis.del(keys.list('celery'))
    await worker.start()
    expect(await places()).to.deep.equal({ scheduled: 1, waiting: 0 })
    await worker.stop(Promise.resolve())
    expect(await places()).to.deep.equal({ scheduled: 1, waiting: 1 })
  })

  it('passes dates and bytes through', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    const { id } = await engine.client.send('test.echo', [new Date(0), new Uint8Array([0, 255]), 'x'])
    expect((await resultOf(id)).result).to.deep.equal(['1970-01-01T00:00:00.000Z', [0, 255], 'x'])
  })

  it('tries a blink again in place, and gives up after the last try', async () => {
    engine = await createEngine({ socketPath: server.socketPath, concurrency: 1 })
    await engine.worker.start()
    const blink = await engine.client.send('test.blinks', [3])
    expect(await resultOf(blink.id)).to.include({ status: 'SUCCESS', result: 4 })
    const exhausted = await engine.client.send('test.blinks', [100])
    expect((await resultOf(exhausted.id)).result).to.include({ exc_type: 'TransientError' })
    const [dead] = await engine.aside('dead')
    expect(dead?.note).to.include({ id: exhausted.id, task: 'test.blinks', reason: 'TransientError: blink' })
  })

  it('keeps a thrown error as FAILURE with its class, message and stack, and the message as a dead letter', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    const { id } = await engine.client.send('test.boom', ['too far'])
    const meta = await resultOf(id)
    expect(meta).to.have.property('status', 'FAILURE')
    expect(meta.result).to.deep.equal({ exc_type: 'RangeError', exc_message: ['too far'], exc_module: 'lovage' })
    expect((meta as { traceback?: string }).traceback).to.contain('probe.ts')
    const [dead] = await engine.aside('dead')
    expect(dead?.note['time']).to.be.closeTo(Date.now(), 60_000)
    expect(JSON.parse(String(dead?.raw))).to.have.nested.property('headers.id', id)
  })

  it('keeps no dead letter of a failure that nobody needs to look at', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    const { id } = await engine.client.send('test.rejected', [])
    expect((await resultOf(id)).result).to.include({ exc_type: 'SmsRejected' })
    expect(await engine.aside('dead')).to.deep.equal([])
  })

  it('refuses to run a handler with arguments missing', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    const { id } = await engine.client.send('test.add', [2])
    expect((await resultOf(id)).result).to.deep.include({ exc_message: ['test.add() takes 2 arguments, came 1'] })
  })

  it('ends a task at its soft time limit', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    const { id } = await engine.client.send('test.limited', [])
    expect((await resultOf(id)).result).to.include({ exc_type: 'SoftTimeLimitExceeded' })
  })

  it('survives a task that ends its thread: that task fails, the next one runs', async () => {
    engine = await createEngine({ socketPath: server.socketPath, concurrency: 1 })
    await engine.worker.start()
    const exits = await engine.client.send('test.exits', [])
    const next = await engine.client.send('test.add', [1, 1])
    expect((await resultOf(exits.id)).status).to.equal('FAILURE')
    expect((await resultOf(next.id)).result).to.equal(2)
  })

  it('does not run an expired task: it is REVOKED', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    const { id } = await engine.client.send('test.add', [1, 1], { expiresInSeconds: 0 })
    await engine.worker.start()
    const meta = await resultOf(id)
    expect(meta.status).to.equal('REVOKED')
    expect(meta.result).to.deep.equal({
      exc_type: 'TaskRevokedError',
      exc_message: ['expired'],
      exc_module: 'celery.exceptions',
    })
  })

  it('never overwrites a success', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.redis.set('celery-task-meta-known', '{"status": "SUCCESS", "result": 1}')
    await engine.worker.start()
    await engine.client.send('test.boom', ['late'], { taskId: 'known' })
    await eventually(async () => expect(await engine.aside('dead')).to.have.length(1))
    expect(await engine.result('known')).to.include({ status: 'SUCCESS', result: 1 })
  })

  it('announces a result on the channel of its key, as AsyncResult.get() waits for it', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    const subscriber = engine.redis.duplicate()
    try {
      await subscriber.subscribe('celery-task-meta-announced')
      const announced = new Promise<string>((resolve) => subscriber.on('message', (_channel, text) => resolve(text)))
      await engine.worker.start()
      await engine.client.send('test.add', [1, 2], { taskId: 'announced' })
      expect(JSON.parse(await announced)).to.include({ status: 'SUCCESS', result: 3, task_id: 'announced' })
    } finally {
      subscriber.disconnect()
    }
  })
})
