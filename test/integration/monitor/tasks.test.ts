import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { taskPart } from '../../../src/monitor/tasks/task-part.ts'
import type { DeadPage, QueueStates, TaskDetail, TaskNames, TaskPage } from '../../../src/monitor/task-wire-types.ts'
import { chain } from '../../../src/engine/canvas/canvas.ts'
import type { TestEngine, TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { recordChange } from '../../support/record-change.ts'
import { useEngines } from '../../support/use-engines.ts'
import { MonitorLab, refusal } from './monitor-lab.ts'

describe('tasks on the dashboard', function () {
  this.timeout(30_000)
  const engines = useEngines()

  async function stage(options: Partial<TestEngineOptions> = {}) {
    const tasks = ['test/fixtures/tasks/recorded.ts', 'test/fixtures/tasks/probe.ts']
    const engine = await engines.create({ tasks, records: {}, concurrency: 1, ...options })
    return { engine, lab: new MonitorLab(taskPart(engine)) }
  }
  const detail = (lab: MonitorLab, id: string): Promise<TaskDetail> => lab.get<TaskDetail>('/task', { id })
  /** As soon as it is in that state. */
  const until = (lab: MonitorLab, id: string, state: TaskDetail['state']): Promise<TaskDetail> =>
    eventually(async () => {
      const found = await detail(lab, id)
      expect(found.state).to.equal(state)
      return found
    })
  /** As soon as its record says how its last run ended. */
  const recorded = (lab: MonitorLab, id: string, state: TaskDetail['state']): Promise<TaskDetail> =>
    eventually(async () => {
      const found = await until(lab, id, state)
      expect(found.runs.at(-1)?.state).to.equal(state)
      return found
    })

  it('are shown from the queue to their end', async () => {
    const { engine, lab } = await stage()
    const go = engines.file()
    const { id } = await engine.client.send('recorded.steps', [go])
    const waiting = await detail(lab, id)
    expect(waiting).to.deep.include({
      state: 'PENDING',
      place: 'queue',
      name: 'recorded.steps',
      queue: 'celery',
      runs: [],
    })
    expect(waiting.args).to.equal(`('${go}',)`)
    expect(waiting.can).to.deep.equal({ retry: false, revoke: true, terminate: false })
    expect(waiting.sentAt).to.be.within(Date.now() - 60_000, Date.now() + 1_000)

    await engine.worker.start()
    const running = await eventually(async () => {
      const found = await until(lab, id, 'STARTED')
      expect(found.progress).to.deep.include({ state: 'PROGRESS', fraction: 0.5 })
      return found
    })
    expect(running).to.include({ place: 'worker' })
    expect(running.can).to.deep.equal({ retry: false, revoke: true, terminate: true })
    const listed = await lab.get<TaskPage>('/tasks', { state: 'STARTED' })
    expect(listed.tasks.map((task) => [task.id, task.progress])).to.deep.equal([[id, 0.5]])

    writeFileSync(go, '')
    const ended = await eventually(async () => {
      const found = await until(lab, id, 'SUCCESS')
      expect(found.log.lines).to.have.length(2)
      return found
    })
    expect(ended).to.include({ place: null, progress: null, dead: null, parent: null, root: null })
    expect(ended.runs[0]).to.include({ state: 'SUCCESS', result: "['done', 2]" })
    expect(ended.runs[0]).not.to.have.any.keys('queue', 'progress')
    expect(ended.can).to.deep.equal({ retry: false, revoke: false, terminate: false })
  })

  it('are found where they wait to be due, or are set aside', async () => {
    const { engine, lab } = await stage()
    const later = await engine.client.send('recorded.noop', [], {
      countdown: 3_600,
      etaIn: 'schedule',
      queue: 'celery',
    })
    const secret = await engine.client.send('recorded.secret', ['13800138000', '424242'])
    expect((await detail(lab, secret.id)).args, 'before a worker knows its mask').to.equal("('138****', '****')")
    const list = engine.keys.list('celery')
    const [raw = ''] = await engine.redis.lrange(list, 0, 0)
    const sent = JSON.parse(raw) as { headers: object }
    const told = { ...sent.headers, argsrepr: "('13800138000', '424242')" }
    await engine.redis.lset(list, 0, JSON.stringify({ ...sent, headers: told }))
    expect((await detail(lab, secret.id)).args, 'of a sender that knows no mask').to.equal("('138****', '****')")
    await engine.worker.start()
    const failed = await engine.client.send('recorded.fails', ['no luck'])
    const dead = await recorded(lab, failed.id, 'FAILURE')
    expect(dead).to.include({ place: 'dead', retries: 1 })
    expect(dead.runs.map(({ state }) => state)).to.deep.equal(['RETRY', 'FAILURE'])
    expect(dead.dead).to.include({ kind: 'dead', taskId: failed.id, reason: 'Refused: no luck' })
    expect(dead.can).to.deep.equal({ retry: true, revoke: false, terminate: false })
    const scheduled = await until(lab, later.id, 'SCHEDULED')
    expect(scheduled.place).to.equal('schedule')
    expect(scheduled.dueAt).to.be.within(Date.now() + 3_500_000, Date.now() + 3_700_000)
    expect(await refusal(detail(lab, 'nobody'))).to.equal('NOT_FOUND: nothing is known of a task with that id')
  })

  it('show of a dead letter without a record what its note says', async () => {
    const { engine, lab } = await stage({ records: { max: 1 } })
    await engine.worker.start()
    const failed = await engine.client.send('recorded.fails', ['no luck'])
    await recorded(lab, failed.id, 'FAILURE')
    await engine.redis.del(engine.keys.records())
    const dead = await detail(lab, failed.id)
    expect(dead).to.deep.include({
      state: 'FAILURE',
      place: 'dead',
      name: 'recorded.fails',
      args: '',
      runs: [],
      retries: 1,
    })
  })

  it('are looked for among dead letters where they may be there alone, and a few at once', async () => {
    const { engine } = await stage()
    let asked = 0
    let answer = (): void => {}
    const held = new Promise<null>((resolve) => (answer = () => resolve(null)))
    const letter = (): Promise<null> => {
      asked += 1
      return held
    }
    const lab = new MonitorLab(taskPart({ ...engine, deadLetters: { letter } as unknown as TestEngine['deadLetters'] }))
    await engine.records?.write(
      [recordChange('runs', { state: 'STARTED' }), recordChange('failed', { state: 'FAILURE' })],
      0,
    )
    expect(await detail(lab, 'runs')).to.include({ state: 'STARTED', place: null })
    expect(asked).to.equal(0)
    const looking = ['failed', ...Array.from({ length: 7 }, () => 'nobody')].map((id) => refusal(detail(lab, id)))
    expect(await refusal(detail(lab, 'nobody'))).to.contain(
      'UNAVAILABLE: expected fewer tasks and dead letters at once',
    )
    expect(await refusal(lab.get('/dead'))).to.contain('UNAVAILABLE: expected fewer')
    await eventually(() => expect(asked).to.equal(8))
    answer()
    const [failed, ...others] = await Promise.all(looking)
    expect(failed).to.contain('"state":"FAILURE"')
    expect(new Set(others)).to.deep.equal(new Set(['NOT_FOUND: nothing is known of a task with that id']))
    expect(await refusal(detail(lab, 'nobody'))).to.contain('NOT_FOUND')
  })

  it('are linked with what sent them, and what they have sent', async () => {
    const { engine, lab } = await stage()
    await engine.worker.start()
    const [one, two] = [engine.client.signature('test.add', [1, 2]), engine.client.signature('test.add', [4])]
    const last = await engine.client.applyAsync(chain(one, two))
    await last.get({ timeout: 10 })
    const found = await recorded(lab, last.id, 'SUCCESS')
    const { parent } = found
    expect(parent).to.deep.include({ name: 'test.add', state: 'SUCCESS' })
    expect(found.root).to.deep.equal(parent)
    const before = await recorded(lab, parent?.id ?? '', 'SUCCESS')
    expect(before.children).to.deep.equal([{ id: last.id, name: 'test.add', state: 'SUCCESS' }])
    expect(before).to.include({ parent: null, root: null })
  })

  it('are listed page by page, counted, and named', async () => {
    const { engine, lab } = await stage()
    await engine.worker.start()
    const sent = await Promise.all(Array.from({ length: 7 }, () => engine.client.send('recorded.noop', [])))
    await Promise.all(sent.map((result) => result.get({ timeout: 10 })))
    const failed = await engine.client.send('test.boom', ['x'.repeat(500)])
    await recorded(lab, failed.id, 'FAILURE')
    const first = await lab.get<TaskPage>('/tasks', { limit: '5' })
    const second = await lab.get<TaskPage>('/tasks', { limit: '5', before: first.next ?? '' })
    const ids = [...first.tasks, ...second.tasks].map(({ id }) => id)
    expect(ids).to.have.members([failed.id, ...sent.map(({ id }) => id)])
    expect([ids[0], second.next]).to.deep.equal([failed.id, null])
    expect(first.counts).to.include({ SUCCESS: 7, FAILURE: 1, RETRY: 0 })
    expect(first.tasks[0]).to.include({ name: 'test.boom', state: 'FAILURE', queue: 'celery', node: 'test' })
    expect(first.tasks[0]?.error?.length).to.equal(200)
    expect(first.kept).to.include({ count: 8, most: 10_000, days: 7, dropped: 0, notRecorded: 0 })
    const named = await lab.get<TaskPage>('/tasks', { name: 'test.boom', state: 'FAILURE' })
    expect(named.tasks.map(({ id }) => id)).to.deep.equal([failed.id])
    expect(named.counts).to.include({ SUCCESS: 0, FAILURE: 1 })
    expect(await lab.get<TaskNames>('/task-names')).to.deep.equal({
      names: [
        { name: 'recorded.noop', count: 7 },
        { name: 'test.boom', count: 1 },
      ],
    })
    const dead = await lab.get<DeadPage>('/dead', { kind: 'dead', queue: 'celery', task: 'test.boom' })
    expect(dead.total).to.equal(1)
    expect(dead.letters[0]).to.include({ taskId: failed.id, kind: 'dead', queue: 'celery' })
    expect(dead.letters[0]).not.to.have.any.keys('stack', 'error')
    expect(await lab.get<DeadPage>('/dead', { kind: 'unknown', offset: '0', limit: '1' })).to.deep.equal({
      letters: [],
      total: 0,
    })
  })

  it('come with the queues that are served or paused, and the pool', async () => {
    const { engine, lab } = await stage({ queues: ['celery', 'mail'] })
    expect(await refusal(lab.get('/queues'))).to.contain('UNAVAILABLE: the worker of this process has not started yet')
    await engine.worker.start()
    await engine.queuePause.pause('mail')
    await engine.queuePause.pause('other')
    const { queues, pool } = await lab.get<QueueStates>('/queues')
    expect(queues.map(({ name, served, paused, pausedAt }) => [name, served, paused, pausedAt !== null])).to.deep.equal(
      [
        ['celery', true, false, false],
        ['mail', true, true, true],
        ['other', false, true, true],
      ],
    )
    expect(pool).to.deep.equal({ node: 'test', kind: 'threads', concurrency: 1, fixed: null })
  })

  it('can not be listed where no records are kept; single ones are found all the same', async () => {
    const { engine } = await stage()
    const none = await engines.create({ prefix: engine.keys.list('') })
    const lab = new MonitorLab(taskPart(none))
    const off = 'CONFLICT: no records of tasks are kept: the setting records.max is null'
    expect(await refusal(lab.get('/tasks'))).to.equal(off)
    expect(await refusal(lab.get('/task-names'))).to.equal(off)
    const { id } = await none.client.send('recorded.noop', [])
    expect(await detail(lab, id)).to.include({ state: 'PENDING', name: 'recorded.noop' })
  })

  for (const [path, query, expected] of [
    ['/tasks', { state: 'DONE' }, 'state: expected one of RECEIVED, STARTED,'],
    ['/tasks', { limit: '201' }, 'limit: expected a whole number from 1 to 200, came "201"'],
    ['/tasks', { before: 'x' }, 'before: expected `next` of the page before, came another text'],
    ['/tasks', { other: 'x' }, 'expected state, name, before, limit, came "other"'],
    ['/task', {}, 'id: expected a text of 1 to 1000 characters, came nothing'],
    ['/dead', { kind: 'alive' }, 'kind: expected one of dead, unknown, unreadable, came "alive"'],
    ['/dead', { offset: '-1' }, 'offset: expected a whole number from 0 to 1000000'],
    ['/queues', { x: '1' }, 'expected nothing, came "x"'],
  ] as const) {
    it(`refuse a query that is not as it should be: ${path} ${JSON.stringify(query)}`, async () => {
      const { lab } = await stage()
      expect(await refusal(lab.get(path, query))).to.contain(`BAD_REQUEST: ${expected}`)
    })
  }
})
