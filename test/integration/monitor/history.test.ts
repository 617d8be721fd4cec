import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { historyPart } from '../../../src/monitor/history/history-part.ts'
import { coarse, fine, HistoryStore, mostProcesses } from '../../../src/monitor/history/history-store.ts'
import { HistoryWriter } from '../../../src/monitor/history/history-writer.ts'
import { RecentHistory } from '../../../src/monitor/history/recent-history.ts'
import { stepText } from '../../../src/monitor/history/step-text.ts'
import { MonitorError } from '../../../src/monitor/monitor-error.ts'
import type { MonitorHandler } from '../../../src/monitor/monitor-routes.ts'
import type { HistoryAnswer } from '../../../src/monitor/wire-types.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { aQueue, aStep, aTask } from '../../unit/monitor/history/a-step.ts'

const hourMs = 3_600_000

describe('the history', () => {
  let server: RedisServer
  let redis: Redis
  let prefix = ''
  const engines: TestEngine[] = []

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath, { db: 10 })
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    prefix = `test-${randomUUID()}:`
  })
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close(0)
  })

  async function start(node: string): Promise<{ engine: TestEngine; writer: HistoryWriter }> {
    const engine = await createEngine({ socketPath: server.socketPath, prefix, node, queues: [node] })
    engines.push(engine)
    await engine.worker.start()
    return { engine, writer: writerOf(engine) }
  }

  function writerOf({ inspector, logger }: TestEngine): HistoryWriter {
    return new HistoryWriter({ inspector, store: new HistoryStore(redis, prefix), hours: 24, logger })
  }

  async function run(engine: TestEngine, count: number): Promise<void> {
    const before = engine.inspector.tally.tasks.get('test.add')?.ends.succeeded ?? 0
    for (let each = 0; each < count; each += 1) await engine.client.send('test.add', [1, each])
    await eventually(() =>
      expect(engine.inspector.tally.tasks.get('test.add')?.ends.succeeded).to.equal(before + count),
    )
  }

  /** What the dashboard would be answered. */
  async function history(query: string, now: number = Date.now(), hours = 24): Promise<HistoryAnswer> {
    let handler: MonitorHandler = () => null
    const part = historyPart({ inspector: { now: () => now }, store: new HistoryStore(redis, prefix), hours })
    part({ show: (_path, given) => void (handler = given), act: () => {} })
    return (await handler({ query: new URLSearchParams(query) } as never)) as HistoryAnswer
  }

  const sum = (column: readonly (number | null)[]): number => column.reduce<number>((all, each) => all + (each ?? 0), 0)

  it('is of all processes together, and there after a restart', async function () {
    this.timeout(30_000)
    const [one, other] = [await start('one'), await start('other')]
    await run(one.engine, 30)
    await run(other.engine, 12)
    await Promise.all([one.writer.write(), other.writer.write()])
    for (const engine of engines.splice(0)) await engine.close(0)

    const again = await start('one')
    await run(again.engine, 8)
    await again.writer.write()
    for (const query of ['hours=1&step=10', 'hours=1', 'hours=24', 'hours=24&step=3600']) {
      const answer = await history(query)
      expect(sum(answer.outcomes.succeeded), query).to.equal(50)
      expect(answer.tasks).to.deep.equal(['test.add'])
      expect(Math.max(...answer.processes.map(Number))).to.be.within(1, 3)
      expect(answer.queues.map(({ name }) => name)).to.deep.equal(['one', 'other'])
      const run = answer.latency.run.p50.filter((each) => each !== null)
      for (const milliseconds of run) expect(milliseconds).to.be.within(0.01, 10_000)
      expect(run.length).to.be.greaterThan(0)
    }
    expect(sum((await history('hours=1&task=test.boom')).outcomes.succeeded)).to.equal(0)
  })

  it('has what there was on the queues', async () => {
    const { engine, writer } = await start('one')
    await engine.worker.quiet()
    await engine.client.send('test.add', [1, 2], { queue: 'one' })
    await engine.client.send('test.add', [1, 2], { queue: 'one', countdown: 60 })
    await writer.write()
    const answer = await history('hours=1&step=10')
    expect([sum(answer.waiting), sum(answer.scheduled), sum(answer.dead)]).to.deep.equal([1, 1, 0])
    expect(answer.oldestAge.filter((age) => age !== null)).to.have.length(1)
  })

  it('tells of the last five minutes what is written and what is not yet, each once', async () => {
    const { engine, writer } = await start('one')
    const recent = new RecentHistory({ inspector: engine.inspector, store: new HistoryStore(redis, prefix), writer })
    const succeeded = async (): Promise<number | undefined> => {
      const { tasks, latency } = await recent.look()
      expect(latency.run.count).to.equal(tasks[0]?.run.count ?? 0)
      return tasks.find(({ name }) => name === 'test.add')?.outcomes.succeeded
    }
    expect(await succeeded()).to.equal(undefined)
    await run(engine, 3)
    expect(await succeeded()).to.equal(3)
    await writer.write()
    expect(await succeeded()).to.equal(3)
    await run(engine, 2)
    expect(await succeeded()).to.equal(5)
    // Another process has written, and then this one.
    const store = new HistoryStore(redis, prefix)
    const number = Math.floor(engine.inspector.now() / fine.stepMs)
    await store.write(
      [{ resolution: fine, number, text: stepText(aStep({ tasks: { 'test.add': aTask([1, 1]) } })) }],
      'else',
    )
    await writer.write()
    expect(await succeeded()).to.equal(7)
  })

  it('chooses the steps', async () => {
    const steps = async (query: string): Promise<[number, number]> => {
      const { step, times } = await history(query)
      expect(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) === step * 1000)).to.equal(true)
      return [step, times.length]
    }
    expect(await steps('')).to.deep.equal([10, 360])
    expect(await steps('hours=2')).to.deep.equal([20, 360])
    expect(await steps('hours=2&step=10')).to.deep.equal([10, 720])
    expect(await steps('hours=3&step=10')).to.deep.equal([60, 180])
    expect(await steps('hours=1&step=300')).to.deep.equal([300, 12])
    expect(await steps('hours=24')).to.deep.equal([240, 360])
    expect(await steps('hours=24&step=10')).to.deep.equal([60, 1_440])
  })

  for (const [query, message] of [
    ['hours=0', 'hours: expected a whole number from 1 to 24, came "0"'],
    ['hours=25', 'hours: expected a whole number from 1 to 24, came "25"'],
    ['hours=x', 'came "x"'],
    ['hours=', 'came ""'],
    ['step=5', 'step: expected a whole number from 10 to 3600, came "5"'],
    ['step=15', 'step: expected a multiple of 10, came 15'],
    ['step=-10', 'came "-10"'],
  ]) {
    it(`refuses ${query}`, async () => {
      const error = await history(query ?? '').catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(MonitorError).and.include({ error: 'BAD_REQUEST' })
      expect((error as Error).message).to.contain(message)
    })
  }

  it('passes over what is no step', async () => {
    const now = Date.now()
    const key = `${prefix}lovage:history:10:${Math.floor(now / fine.stepMs / fine.stepsPerKey)}`
    await redis.hset(key, { x: '{}', '1:a': 'garbage', '-5:b': '{}' })
    expect(sum((await history('hours=1&step=10')).processes)).to.equal(0)
  })

  it('is of no more processes than may be', async () => {
    const store = new HistoryStore(redis, prefix)
    const text = stepText(aStep())
    const hour = Array.from({ length: 60 }, (_value, number) => ({ resolution: coarse(24), number, text }))
    for (let process = 0; process < mostProcesses; process += 1)
      expect(await store.write(hour, `p${process}`)).to.equal(0)
    expect(await store.write(hour.slice(0, 2), 'one-too-many')).to.equal(2)
    // Those that are there go on.
    expect(await store.write(hour.slice(0, 2), 'p0')).to.equal(0)
    expect((await store.read(coarse(24), 0, 59)).get(7)?.processes).to.equal(mostProcesses)
  })

  it('of a day of work is as small as the docs say, ends by itself, and is read in time', async function () {
    this.timeout(120_000)
    const store = new HistoryStore(redis, prefix)
    const day = 1_700_000_000_000
    const before = await memory()
    const resolution = coarse(24)
    const text = (busy: number): string => stepText(aDay(busy))
    const minute = text(100)
    const tenSeconds = text(20)
    for (let hour = 0; hour < 24; hour += 1) {
      const first = day / resolution.stepMs + hour * 60
      await store.write(
        Array.from({ length: 60 }, (_value, index) => ({
          resolution,
          number: Math.floor(first) + index,
          text: minute,
        })),
        'process',
      )
    }
    for (let part = 0; part < 12; part += 1) {
      const first = Math.floor(day / fine.stepMs) + part * 60
      await store.write(
        Array.from({ length: 60 }, (_value, index) => ({ resolution: fine, number: first + index, text: tenSeconds })),
        'process',
      )
    }
    const perProcess = (await memory()) - before
    // docs/dashboard.md: some 5 MB for ten tasks.
    expect(perProcess).to.be.within(3_000_000, 6_000_000)

    const names = await redis.keys(`${prefix}lovage:history:*`)
    expect(names.length).to.be.within(37, 39)
    for (const name of names) {
      const most = name.includes(':history:60:') ? 25 * hourMs : 2 * hourMs + 600_000
      expect(await redis.pttl(name), name).to.be.within(most - 60_000, most)
    }
    const asked = performance.now()
    const answer = await history('hours=24&step=60', day + 24 * hourMs - 1)
    expect(performance.now() - asked).to.be.lessThan(5_000)
    expect(answer.tasks).to.have.length(10)
  })

  /** A step with ten tasks that ran so often each, in about ten buckets. */
  function aDay(runs: number) {
    const times = Array.from({ length: runs }, (_value, index) => 5 * 1.25 ** (index % 10))
    const tasks = Object.fromEntries(
      Array.from({ length: 10 }, (_value, index) => [`shop.task_number_${index}`, aTask(times)]),
    )
    return aStep({ tasks, queues: { celery: aQueue({ waiting: 12 }) } })
  }

  async function memory(): Promise<number> {
    return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  }
})
