import { expect } from 'chai'
import { actionPart } from '../../../src/monitor/actions/action-part.ts'
import { taskPart } from '../../../src/monitor/tasks/task-part.ts'
import type { RetryAllAnswer } from '../../../src/monitor/task-wire-types.ts'
import type { TestEngine, TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { useEngines } from '../../support/use-engines.ts'
import { MonitorLab, refusal } from './monitor-lab.ts'

describe('actions of the dashboard', function () {
  this.timeout(30_000)
  const engines = useEngines()

  async function stage(options: Partial<TestEngineOptions> = {}) {
    const tasks = ['test/fixtures/tasks/recorded.ts', 'test/fixtures/tasks/probe.ts']
    const engine = await engines.create({ tasks, records: {}, concurrency: 2, ...options })
    const addressOf = (): string => '192.0.2.7'
    return { engine, lab: new MonitorLab(taskPart(engine), actionPart({ engine, addressOf, logger: engine.logger })) }
  }
  async function started(options: Partial<TestEngineOptions> = {}) {
    const made = await stage(options)
    await made.engine.worker.start()
    return made
  }
  const dead = (engine: TestEngine, count: number): Promise<unknown> =>
    eventually(async () => expect(await engine.redis.zcard(engine.keys.aside('dead', 'celery'))).to.equal(count))

  it('retry one dead letter, by the id of its task', async () => {
    const { engine, lab } = await started()
    const { id } = await engine.client.send('test.boom', ['x'])
    await dead(engine, 1)
    expect(await lab.post('/actions/retry', { id })).to.deep.equal({ retried: true, queue: 'celery' })
    await eventually(async () => {
      const record = await engine.records?.read(id)
      expect(record?.runs.map(({ state }) => state)).to.deep.equal(['FAILURE', 'FAILURE'])
    })
    expect(engine.logger.has('dashboard: an action was carried out')).to.equal(true)
    expect(await refusal(lab.post('/actions/retry', { id: 'nobody' }))).to.equal(
      'CONFLICT: no message with that id is set aside',
    )
  })

  it('are logged with who asked for them, on what, and what came of it', async () => {
    const { engine } = await stage()
    const logger = recordingLogger()
    const revoked: string[] = []
    const client = {
      revoke: async (id: string): Promise<void> => {
        if (id === 'two') throw new Error('Connection is closed.')
        revoked.push(id)
      },
    } as unknown as TestEngine['client']
    const lab = new MonitorLab(actionPart({ engine: { ...engine, client }, addressOf: () => '192.0.2.7', logger }))
    await lab.post('/actions/revoke', { ids: ['one'] })
    const failed: unknown = await lab
      .post('/actions/terminate', { ids: ['three', 'two'] })
      .catch((error: unknown) => error)
    expect(String(failed)).to.equal('Error: Connection is closed.')
    expect(revoked).to.deep.equal(['one', 'three'])
    expect(logger.lines).to.deep.equal([
      {
        level: 'info',
        message: 'dashboard: an action was carried out',
        fields: { action: 'revoke', address: '192.0.2.7', on: { ids: ['one'] }, revoked: 1, here: 0 },
      },
      {
        level: 'error',
        message: 'dashboard: an action failed, perhaps half-way',
        fields: {
          action: 'terminate',
          address: '192.0.2.7',
          on: { ids: ['three', 'two'] },
          reason: 'Connection is closed.',
        },
      },
    ])
  })

  it('do not retry what is gone', async () => {
    const { engine, lab } = await started()
    const { id } = await engine.client.send('test.boom', ['x'])
    await dead(engine, 1)
    const [entry = ''] = await engine.redis.zrange(engine.keys.aside('dead', 'celery'), '0', '0')
    await engine.redis.del(`${engine.keys.aside('dead', 'celery')}:m:${entry}`)
    expect(await refusal(lab.post('/actions/retry', { id }))).to.contain('CONFLICT: not retried: its message is gone')
  })

  it('retry all in steps, and no more than was there at the first', async () => {
    const { engine, lab } = await started({ concurrency: 4, limits: { deadLetters: { max: 10_000, days: 30 } } })
    const count = 1_300
    await Promise.all(Array.from({ length: count }, () => engine.client.send('test.boom', ['x'])))
    await dead(engine, count)
    let moved = 0
    let steps = 0
    let step: RetryAllAnswer | null = null
    // All of them fail again, and must not be taken for those that were there before.
    while (step === null || !step.done) {
      step = await lab.post<RetryAllAnswer>('/actions/retry-all', {
        kind: 'dead',
        task: 'test.boom',
        ...(step !== null && { before: step.before }),
      })
      moved += step.moved
      steps += 1
      expect(steps).to.be.lessThan(10)
    }
    expect([moved, steps, step.left]).to.deep.equal([count, 2, 0])
    await dead(engine, count)
    expect(await lab.post('/actions/retry-all', { task: 'other' })).to.deep.include({
      moved: 0,
      remaining: 0,
      done: true,
    })
    await expectNothingElse(engine)
  })

  async function expectNothingElse(engine: TestEngine): Promise<void> {
    expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(0)
  }

  it('revoke what waits, and terminate what runs', async () => {
    const { engine, lab } = await started({ concurrency: 1 })
    const go = engines.file()
    const running = await engine.client.send('recorded.waits', [go])
    await eventually(() => expect(engine.worker.inHand.map(({ begun }) => begun)).to.deep.equal([true]))
    const waiting = await engine.client.send('recorded.noop', [])
    expect(await lab.post('/actions/revoke', { ids: [waiting.id] })).to.deep.equal({ revoked: 1, here: 0 })
    expect(await lab.post('/actions/terminate', { ids: [running.id, 'nobody'] })).to.deep.equal({ revoked: 2, here: 1 })
    for (const { id } of [running, waiting]) {
      await eventually(async () => expect(await engine.client.asyncResult(id).state()).to.equal('REVOKED'))
    }
  })

  it('purge a queue', async () => {
    const { engine, lab } = await stage()
    for (let count = 0; count < 3; count += 1) await engine.client.send('recorded.noop', [], { queue: 'mail' })
    await engine.redis.zadd(engine.keys.schedule('mail'), 1, 'a')
    expect(await lab.post('/actions/purge', { queue: 'mail' })).to.deep.equal({ queue: 'mail', purged: 3, left: 1 })
    const all = await lab.post('/actions/purge', { queue: 'mail', scheduled: true })
    expect(all).to.deep.equal({ queue: 'mail', purged: 1, left: 0 })
    expect(await engine.redis.exists(engine.keys.schedule('mail'))).to.equal(0)
  })

  it('pause a queue, and resume it', async () => {
    const { engine, lab } = await stage()
    expect(await lab.post('/actions/pause', { queue: 'celery' })).to.deep.equal({
      queue: 'celery',
      paused: true,
      changed: true,
    })
    expect(await lab.post('/actions/pause', { queue: 'celery' })).to.include({ changed: false })
    await engine.worker.start()
    const result = await engine.client.send('test.add', [1, 2])
    expect(await lab.post('/actions/resume', { queue: 'celery' })).to.deep.equal({
      queue: 'celery',
      paused: false,
      changed: true,
    })
    expect(await result.get({ timeout: 10 })).to.equal(3)
    expect(await lab.post('/actions/resume', { queue: 'celery' })).to.include({ changed: false })
  })

  it('pause a queue so that nothing is taken from it any more, once that is answered', async () => {
    const { engine, lab } = await started()
    for (let round = 0; round < 20; round += 1) {
      await lab.post('/actions/pause', { queue: 'celery' })
      await engine.client.send('test.add', [1, round])
      const { lastPoll } = engine.worker.activity
      engine.worker.notify()
      await eventually(() => expect(engine.worker.activity.lastPoll).to.be.greaterThan(lastPoll))
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(1)
      await lab.post('/actions/resume', { queue: 'celery' })
      await eventually(async () => expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(0))
    }
  })

  it('grow the pool, and shrink it', async () => {
    const { engine, lab } = await started()
    expect(await lab.post('/actions/grow', { by: 3 })).to.deep.equal({ from: 2, to: 5 })
    expect(await lab.post('/actions/shrink', { by: 4 })).to.deep.equal({ from: 5, to: 1 })
    expect(await refusal(lab.post('/actions/shrink', { by: 1 }))).to.contain('CONFLICT: expected the pool to run 1 to')
    expect(engine.pools[0]?.concurrency).to.equal(1)
  })

  it('do not change a pool that has the size of its load, or one size', async () => {
    const { lab } = await started({ autoscale: { max: 4, min: 1, keepAliveMs: 60_000 } })
    const scaled = 'CONFLICT: the pool has the size that autoscale gives it'
    expect(await refusal(lab.post('/actions/grow', { by: 1 }))).to.equal(scaled)
    const { lab: solo } = await started({ pool: 'solo' })
    expect(await refusal(solo.post('/actions/grow', { by: 1 }))).to.contain('the solo pool runs one task at a time')
    const { lab: early } = await stage()
    expect(await refusal(early.post('/actions/grow', { by: 1 }))).to.contain('UNAVAILABLE: the worker')
  })

  for (const [path, body, expected] of [
    ['retry', {}, 'id: expected a text'],
    ['retry', { id: 'x', more: 1 }, 'expected id, came "more"'],
    ['retry-all', { kind: 'x' }, 'kind: expected one of dead, unknown, unreadable'],
    ['retry-all', { before: -1 }, 'before: expected a whole number from 0'],
    ['revoke', { ids: [] }, 'ids: expected a list of 1 to 100 texts'],
    ['terminate', { ids: 'x' }, 'ids: expected a list of 1 to 100 texts'],
    ['purge', { queue: 'lovage:dead:celery' }, "expected a queue's name"],
    ['purge', { queue: 'celery', scheduled: 1 }, 'scheduled: expected true or false'],
    ['pause', { queue: 'a b' }, "expected a queue's name"],
    ['resume', {}, 'queue: expected a text'],
    ['grow', {}, 'by: expected how many, came nothing'],
    ['grow', { by: 0 }, 'by: expected a whole number from 1 to 1000, came 0'],
    ['shrink', { by: 1.5 }, 'by: expected a whole number from 1 to 1000, came 1.5'],
  ] as const) {
    it(`refuse a body that is not as it should be, and do nothing: ${path} ${JSON.stringify(body)}`, async () => {
      const { engine, lab } = await stage()
      expect(await refusal(lab.post(`/actions/${path}`, body))).to.contain(`BAD_REQUEST: ${expected}`)
      expect(engine.logger.has('dashboard')).to.equal(false)
    })
  }
})
