import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { TaskError, type SendOptions } from '../../../src/engine/index.ts'
import { createMetrics, type Metrics } from '../../../src/monitor/metrics/create-metrics.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { parsePrometheusText, valueOf, type MetricFamily } from '../../support/prometheus-text.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const filesOf = (...names: string[]): string[] => names.map((name) => `test/fixtures/tasks/${name}.ts`)
const tasks = filesOf('probe', 'faults')

describe('the metrics of a worker', function () {
  this.timeout(30_000)
  const folder = mkdtempSync(join(tmpdir(), 'lv-metrics-'))
  let server: RedisServer
  let engine: TestEngine
  let metrics: Metrics

  before(async () => {
    server = await startRedis()
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    metrics.close()
    await engine.close(0)
  })

  async function start(options: Partial<TestEngineOptions> = {}): Promise<void> {
    engine = await createEngine({ socketPath: server.socketPath, tasks, concurrency: 2, ...options })
    metrics = createMetrics({
      version: '1.2.3',
      engine,
      redis: new Map([['broker', engine.redis]]),
      gateways: () => [],
      budgets: null,
    })
    await engine.worker.start()
  }

  const scrape = async (): Promise<Map<string, MetricFamily>> => parsePrometheusText(await metrics.text())

  /** Waits until a series has a value. */
  async function isWorth(
    name: string,
    labels: Record<string, string>,
    value: number,
  ): Promise<Map<string, MetricFamily>> {
    return eventually(
      async () => {
        const families = await scrape()
        expect(valueOf(families, name, labels), `${name} ${JSON.stringify(labels)}`).to.equal(value)
        return families
      },
      { what: name },
    )
  }

  const runs = (task: string, outcome: string, value: number) =>
    isWorth('lovage_task_runs_total', { task, outcome }, value)

  /** Waits for a task's end, however it ends. */
  const end = async (name: string, args: unknown[] = [], options: SendOptions = {}): Promise<unknown> => {
    const sent = await engine.client.send(name, args, options)
    return sent.get({ timeout: 20 }).catch((error: unknown) => error)
  }

  it('count what becomes of tasks', async () => {
    await start()
    for (let number = 0; number < 25; number += 1) expect(await end('test.add', [number, 1])).to.equal(number + 1)
    expect(await end('test.boom', ['bang'])).to.be.an.instanceOf(TaskError)
    expect(await end('test.rejected')).to.be.an.instanceOf(TaskError)
    await end('test.add', [1, 1], { expiresInSeconds: 0 })
    await engine.redis.lpush(engine.keys.list('celery'), 'no message at all')
    await engine.client.send('no.such.task', [])

    await runs('test.add', 'expired', 1)
    await isWorth('lovage_foreign_messages_total', { kind: 'unreadable' }, 1)
    const families = await isWorth('lovage_foreign_messages_total', { kind: 'unknown' }, 1)
    const of = (name: string, task: string, labels = {}): number => valueOf(families, name, { task, ...labels })
    expect(of('lovage_task_runs_total', 'test.add', { outcome: 'succeeded' })).to.equal(25)
    expect(of('lovage_task_runs_total', 'test.boom', { outcome: 'failed' })).to.equal(1)
    expect(of('lovage_task_runs_total', 'test.rejected', { outcome: 'failed' })).to.equal(1)
    expect(of('lovage_task_dead_letters_total', 'test.boom')).to.equal(1)
    expect(of('lovage_task_dead_letters_total', 'test.rejected')).to.equal(0)
    for (const name of ['wait', 'run', 'end_to_end']) {
      expect(of(`lovage_task_${name}_seconds_count`, 'test.add'), name).to.equal(25)
      expect(of(`lovage_task_${name}_seconds_count`, 'test.boom'), name).to.equal(1)
    }
    const seconds = (name: string): number => of(`lovage_task_${name}_seconds_sum`, 'test.add')
    expect(seconds('end_to_end')).to.be.closeTo(seconds('wait') + seconds('run'), 0.001)
    expect([...families.keys()].join()).not.to.contain('http')
    expect(JSON.stringify([...families.values()])).not.to.contain('no.such.task')
    expect(valueOf(families, 'lovage_build_info', { version: '1.2.3' })).to.equal(1)
  })

  it('tell how long tasks run, wait and take in all, retries included', async () => {
    await start({ concurrency: 1 })
    const notebook = join(folder, randomUUID())
    const since = performance.now()
    const [first, second] = await Promise.all([
      engine.client.send('fault.work', [notebook, 400]),
      eventually(() => expect(existsSync(notebook)).to.equal(true)).then(() =>
        engine.client.send('fault.work', [notebook, 10]),
      ),
    ])
    await Promise.all([first.get({ timeout: 20 }), second.get({ timeout: 20 })])
    const families = await runs('fault.work', 'succeeded', 2)
    const most = (2 * (performance.now() - since)) / 1000
    const of = (name: string): number => valueOf(families, `lovage_task_${name}_seconds_sum`, { task: 'fault.work' })
    expect(of('run')).to.be.within(0.39, most)
    // The second one waited for the first.
    expect(of('wait')).to.be.within(0.3, most)

    const crash = await end('fault.crash', [join(folder, randomUUID()), 'exit'])
    expect(crash).to.be.an.instanceOf(TaskError)
    const crashed = await runs('fault.crash', 'failed', 1)
    expect(valueOf(crashed, 'lovage_task_runs_total', { task: 'fault.crash', outcome: 'retried' })).to.equal(2)
    expect(valueOf(crashed, 'lovage_task_run_seconds_count', { task: 'fault.crash' })).to.equal(3)
    expect(valueOf(crashed, 'lovage_task_end_to_end_seconds_count', { task: 'fault.crash' })).to.equal(1)
    // Two retries, with 50 ms in front of each.
    expect(valueOf(crashed, 'lovage_task_end_to_end_seconds_sum', { task: 'fault.crash' })).to.be.within(0.05, 10)
    await isWorth('lovage_threads_ended_total', { pool: 'threads', reason: 'crashed' }, 3)
  })

  it('tell how threads end', async () => {
    await start({ limits: { timeLimit: 0.2 } })
    const threads = { pool: 'threads' }
    await isWorth('lovage_threads', threads, 2)
    expect(await end('fault.spinOnce')).to.be.an.instanceOf(TaskError)
    await isWorth('lovage_threads_ended_total', { ...threads, reason: 'time_limit' }, 1)
    const families = await isWorth('lovage_threads', threads, 2)
    expect(valueOf(families, 'lovage_threads_started_total', threads)).to.equal(3)
    expect(valueOf(families, 'lovage_threads_ended_total', { ...threads, reason: 'crashed' })).to.equal(0)
  })

  it('count threads that are recycled', async () => {
    await start({ maxTasksPerChild: 1 })
    for (let number = 0; number < 3; number += 1) await end('test.add', [number, 1])
    await isWorth('lovage_threads_ended_total', { pool: 'threads', reason: 'recycled' }, 3)
  })

  it('show queues and slots', async () => {
    // How many are in, the most that were in, open.
    const gate = new Int32Array(new SharedArrayBuffer(12))
    // No task of these names a second pool, whose slots would be room for one more.
    await start({ concurrency: 1, tasks: filesOf('probe', 'gate'), settings: { gate } })
    await isWorth('lovage_slots_taken', { pool: 'threads' }, 0)
    const running = await engine.client.send('gate.pass', [])
    await eventually(() => expect(Atomics.load(gate, 0)).to.equal(1))
    const waiting = await Promise.all([1, 2, 3].map((number) => engine.client.send('test.add', [number, 1])))
    await engine.client.send('test.add', [1, 1], { countdown: 600 })
    const queue = { queue: 'celery' }
    await isWorth('lovage_queue_messages', queue, 3)
    const families = await isWorth('lovage_queue_scheduled_messages', queue, 1)
    expect(valueOf(families, 'lovage_queue_oldest_message_age_seconds', queue)).to.be.within(0, 30)
    expect(valueOf(families, 'lovage_slots', { pool: 'threads' })).to.equal(1)
    expect(valueOf(families, 'lovage_slots_taken', { pool: 'threads' })).to.equal(1)
    expect(valueOf(families, 'lovage_claimed_messages')).to.equal(1)
    expect(valueOf(families, 'lovage_last_poll_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 20)
    Atomics.store(gate, 2, 1)
    await Promise.all([running, ...waiting].map((sent) => sent.get({ timeout: 20 })))
    await isWorth('lovage_queue_messages', queue, 0)
    await isWorth('lovage_queue_oldest_message_age_seconds', queue, 0)
    await end('test.boom', ['bang'])
    await isWorth('lovage_queue_set_aside_messages', { ...queue, kind: 'dead' }, 1)
  })

  it('measure the way to Redis', async () => {
    await start()
    await eventually(async () => {
      const families = await scrape()
      expect(valueOf(families, 'lovage_redis_round_trip_seconds_count', { use: 'broker' })).to.be.at.least(1)
      expect(valueOf(families, 'lovage_redis_unanswered_total', { use: 'broker' })).to.equal(0)
    })
  })

  it('go on without figures of queues while the broker is away', async () => {
    const own = await startRedis()
    try {
      await start()
      metrics.close()
      await engine.close(0)
      engine = await createEngine({ socketPath: own.socketPath, tasks, commandTimeout: 500 })
      const redis = new Map([['broker', engine.redis]])
      metrics = createMetrics({ version: '1.2.3', engine, redis, gateways: () => [], budgets: null })
      await engine.worker.start()
      await isWorth('lovage_queue_messages', { queue: 'celery' }, 0)
    } finally {
      await own.stop()
    }
    await eventually(async () => {
      const families = await scrape()
      expect(families.get('lovage_queue_messages')?.series).to.deep.equal([])
      expect(valueOf(families, 'lovage_slots', { pool: 'threads' })).to.equal(4)
      expect(valueOf(families, 'lovage_redis_unanswered_total', { use: 'broker' })).to.be.at.least(1)
    })
  })
})
