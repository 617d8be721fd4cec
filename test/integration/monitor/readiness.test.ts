import { expect } from 'chai'
import { workerChecks, workerParts } from '../../../src/cli/readiness-checks.ts'
import { createProbes, type Probes } from '../../../src/monitor/probes.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

/** What is promised: false so soon after a cause, in milliseconds. */
const promisedMs = 5_000

describe('the readiness of a worker', function () {
  this.timeout(30_000)
  let server: RedisServer
  let engine: TestEngine
  let probes: Probes

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close(0))

  async function start(options: Partial<TestEngineOptions> = {}, maxAgeSeconds: number | null = null): Promise<void> {
    engine = await createEngine({ socketPath: server.socketPath, ...options })
    probes = createProbes(workerChecks(workerParts(engine, maxAgeSeconds)))
  }

  const causes = async (): Promise<Readonly<Record<string, string>>> =>
    (await probes.answer('/readyz'))?.body.causes ?? {}
  const isReady = () => eventually(async () => expect(await causes()).to.deep.equal({}))

  for (const pool of ['threads', 'async', 'solo'] as const) {
    it(`is there once tasks are taken: ${pool}`, async () => {
      await start({ pool })
      expect(await causes()).to.include({ dispatcher: 'has not taken tasks yet' })
      await engine.worker.start()
      await isReady()
    })
  }

  it('is gone when no tasks are taken any more', async () => {
    await start()
    await engine.worker.start()
    await isReady()
    const since = performance.now()
    await engine.worker.quiet()
    await eventually(
      async () => expect((await causes())['dispatcher']).to.match(/^has not asked for tasks for \d+ ms$/),
      {
        timeoutMs: promisedMs,
      },
    )
    expect(performance.now() - since).to.be.lessThan(promisedMs)
    expect(await causes()).to.have.all.keys('dispatcher')
  })

  it('is gone, too, while a message of a queue that is paused is older than the limit', async () => {
    await start({}, 60)
    await engine.worker.start()
    await isReady()
    await engine.queuePause.pause('celery')
    const list = engine.keys.list('celery', 9)
    const old = JSON.stringify({ properties: { timestamp: Date.now() / 1000 - 75 } })
    await eventually(async () => {
      // Until the worker has noticed the pause it takes what comes.
      if ((await engine.redis.llen(list)) === 0) await engine.redis.lpush(list, old)
      expect((await causes())['queues']).to.match(/^the oldest message of celery is \d\d s old/)
    })
    await engine.queuePause.resume('celery')
    await isReady()
  })

  it('is gone while a message is older than the limit', async () => {
    await start({}, 60)
    await engine.worker.start()
    await isReady()
    await engine.worker.quiet()
    const sentAt = Date.now() / 1000 - 75
    await engine.redis.lpush(engine.keys.list('celery', 9), JSON.stringify({ properties: { timestamp: sentAt } }))
    expect((await causes())['queues']).to.match(/^the oldest message of celery is 7\d s old, expected at most 60 s$/)
    await engine.redis.del(engine.keys.list('celery', 9))
    expect(await causes()).not.to.have.any.keys('queues')
  })
})
