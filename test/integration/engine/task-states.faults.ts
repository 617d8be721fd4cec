import { hostname } from 'node:os'
import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

const isSuccess = ({ status }: { status: string }): boolean => status === 'SUCCESS'

describe('what a running task says of itself', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  it('is seen from outside, step by step: STARTED, PROGRESS with its figures, SUCCESS', async () => {
    engine = await lab.worker()
    const heard: { status: string; result: unknown }[] = []
    const subscriber = engine.redis.duplicate()
    try {
      await subscriber.subscribe('celery-task-meta-stepwise')
      subscriber.on('message', (_channel, text) => heard.push(JSON.parse(text) as (typeof heard)[number]))
      const sent = await engine.client.send('fault.steps', [lab.notebook], { taskId: 'stepwise' })
      await eventually(async () => expect(await sent.state()).to.equal('STARTED'))
      expect(await sent.info()).to.deep.equal({ pid: process.pid, hostname: hostname() })
      for (const step of [1, 2, 3]) {
        writeFileSync(`${lab.notebook}.${step}`, '')
        await eventually(async () => expect(await sent.info()).to.deep.equal({ step }))
        expect(await sent.state()).to.equal('PROGRESS')
      }
      expect(await engine.redis.ttl('celery-task-meta-stepwise')).to.be.within(50, 100)
      writeFileSync(`${lab.notebook}.4`, '')
      expect(await sent.get({ timeout: 10 })).to.equal('there')
      await eventually(() => expect(heard.at(-1)).to.include({ status: 'SUCCESS' }))
      expect(heard.map(({ status }) => status)).to.deep.equal([
        'STARTED',
        'PROGRESS',
        'PROGRESS',
        'PROGRESS',
        'SUCCESS',
      ])
      expect(heard.slice(1, 4).map(({ result }) => result)).to.deep.equal([{ step: 1 }, { step: 2 }, { step: 3 }])
    } finally {
      subscriber.disconnect()
    }
  })

  it('never comes after what it ended with', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 20 })
    const heard = new Map<string, { status: string; result: unknown }[]>()
    const subscriber = engine.redis.duplicate()
    try {
      await subscriber.psubscribe('celery-task-meta-*')
      subscriber.on('pmessage', (_pattern, channel: string, text: string) => {
        heard.set(channel, [...(heard.get(channel) ?? []), JSON.parse(text) as { status: string; result: unknown }])
      })
      const sent = await Promise.all(
        Array.from({ length: 300 }, (_, index) => engine.client.send('fault.reports', [1 + (index % 4)])),
      )
      for (const [index, each] of sent.entries()) {
        expect(await outcomeOf(Promise.resolve(each))).to.equal(1 + (index % 4))
      }
      // What was still on its way would be here by now.
      expect(await outcomeOf(engine.client.send('fault.reports', [1]))).to.equal(1)
      const ends = (): number => [...heard.values()].filter((states) => states.some(isSuccess)).length
      await eventually(() => expect(ends()).to.equal(sent.length + 1))
      for (const { id } of sent) {
        expect(await engine.result(id)).to.include({ status: 'SUCCESS' })
        const states = heard.get(`celery-task-meta-${id}`) ?? []
        expect(states.findIndex(isSuccess)).to.equal(states.length - 1)
        const figures = states.slice(0, -1).map(({ result }) => (result as { done: number }).done)
        expect(figures, 'in order').to.deep.equal(figures.toSorted((a, b) => a - b))
      }
    } finally {
      subscriber.disconnect()
    }
  })

  it('is the newest only, where it says more than can be written', async () => {
    engine = await lab.worker()
    const before = Number(/cmdstat_set:calls=(\d+)/.exec(await engine.redis.info('commandstats'))?.[1] ?? 0)
    expect(await outcomeOf(engine.client.send('fault.reports', [5_000]))).to.equal(5_000)
    const after = Number(/cmdstat_set:calls=(\d+)/.exec(await engine.redis.info('commandstats'))?.[1] ?? 0)
    expect(after - before, 'writes').to.be.lessThan(2_500)
  })

  it('is followed by RETRY while it waits for another try, then by what that one says', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.waits', [lab.notebook])
    await eventually(async () => expect(await sent.state()).to.equal('RETRY'))
    expect(await sent.info()).to.deep.include({ exc_type: 'TransientError', exc_message: ['much later'] })
    await engine.client.revoke(sent.id)
    expect(await sent.state(), 'it is still waiting').to.equal('RETRY')
  })

  it('is followed by REVOKED when it is terminated', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.steps', [lab.notebook])
    writeFileSync(`${lab.notebook}.1`, '')
    await eventually(async () => expect(await sent.state()).to.equal('PROGRESS'))
    await engine.client.revoke(sent.id, { terminate: true })
    expect(await outcomeOf(Promise.resolve(sent))).to.include({ state: 'REVOKED', type: 'TaskRevokedError' })
    expect(await sent.state()).to.equal('REVOKED')
  })

  for (const state of ['SUCCESS', 'FAILURE', 'REVOKED', 'RETRY', 'STARTED', 'PENDING', 'progress', 'A B', '']) {
    it(`must not be ${state === '' ? 'nothing' : state}`, async () => {
      engine = await lab.worker({ pool: 'solo' })
      const error = await outcomeOf(engine.client.send('fault.saysOdd', [state]))
      expect(error).to.be.instanceOf(TaskError).and.include({ type: 'EngineError', state: 'FAILURE' })
      expect(String(error))
        .to.include(`updateState: expected capitals, digits and _`)
        .and.include(JSON.stringify(state))
    })
  }

  it('must be a value that can travel', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.saysOdd', ['symbol']))
    expect(error).to.be.instanceOf(TaskError)
    expect(String(error)).to.include('fault.saysOdd: its state.left: expected a JSON value').and.include('a symbol')
  })
})
