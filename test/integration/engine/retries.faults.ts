import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

interface Envelope {
  headers: Record<string, unknown>
  properties: Record<string, unknown>
}

describe('a task that fails', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const retries = (): string[] => lab.notes().map((line) => line.split(' ')[2] ?? '')

  for (const how of ['transient', 'retry', 'listed']) {
    it(`is run again under the same id while it may go well (${how})`, async () => {
      engine = await lab.worker()
      expect(await outcomeOf(engine.client.send('fault.flaky', [lab.notebook, 2, how]))).to.equal(2)
      expect(retries()).to.deep.equal(['0', '1', '2'])
      expect(new Set(lab.notes().map((line) => line.split(' ')[1])).size).to.equal(1)
      expect(await engine.aside('dead')).to.deep.equal([])
    })
  }

  it('is a dead letter with its error when its retries are used up', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.flaky', [lab.notebook, 100, 'listed']))
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'RangeError', state: 'FAILURE' })
    expect(retries()).to.deep.equal(['0', '1', '2', '3'])
    const [dead] = await engine.aside('dead')
    expect(dead?.note).to.include({
      task: 'fault.flaky',
      reason: 'RangeError: listed',
      error: 'RangeError',
      retries: 3,
    })
    expect(dead?.note['stack']).to.include('faults.ts')
    expect(dead?.note['time']).to.be.a('number')
  })

  for (const [how, type] of [
    ['excluded', 'SyntaxError'],
    ['permanent', 'Refused'],
    ['other', 'Error'],
  ] as const) {
    it(`is not run again where nobody said that it would help (${how})`, async () => {
      engine = await lab.worker()
      const error = await outcomeOf(engine.client.send('fault.flaky', [lab.notebook, 1, how]))
      expect(error).to.be.instanceOf(TaskError).and.include({ type })
      expect(retries()).to.deep.equal(['0'])
    })
  }

  it('waits on the schedule in Celery’s form: same id, retries + 1, an eta; the backend says RETRY', async () => {
    engine = await lab.worker({ concurrency: 1 })
    const sent = await engine.client.send('fault.waits', [lab.notebook], { priority: 6 })
    await eventually(async () => expect(await sent.state()).to.equal('RETRY'))
    const schedule = engine.keys.schedule('celery')
    const [entry = '', due = ''] = await engine.redis.zrange(schedule, '0', '0', 'WITHSCORES')
    const [list, text = ''] = ((await engine.redis.hget(`${schedule}:m`, entry)) ?? '').split('\0')
    expect(list).to.equal(engine.keys.list('celery', 6))
    const { headers, properties } = JSON.parse(text) as Envelope
    expect(headers).to.include({ id: sent.id, task: 'fault.waits', retries: 1 })
    expect(Date.parse(String(headers['eta']))).to.equal(Number(due))
    expect(properties).to.include({ priority: 6 })
    // Celery, too, takes a message that names no root for its own.
    expect(decodeMessage(Buffer.from(text))).to.include({ rootId: sent.id, retries: 1, eta: Number(due) })
    expect(await engine.claims()).to.equal(0)
    expect(await sent.info()).to.include({ exc_type: 'TransientError' })
  })

  it('is still run again when its process ends while it waits', async () => {
    engine = await lab.worker({ node: 'first' })
    const sent = await engine.client.send('fault.flaky', [lab.notebook, 1, 'transient'])
    await eventually(async () => expect(await sent.state()).to.equal('RETRY'))
    await engine.close(0)
    const next = await lab.worker({ node: 'second' })
    expect(await next.client.asyncResult(sent.id).get({ timeout: 10 })).to.equal(1)
    expect(retries()).to.deep.equal(['0', '1'])
  })

  it('may refuse its message: a dead letter without a result', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.refuses', [lab.notebook, false])
    await eventually(async () => expect(await engine.aside('dead')).to.have.length(1))
    expect((await engine.aside('dead'))[0]?.note).to.include({ id: sent.id, reason: 'rejected: not for me' })
    expect(await sent.state()).to.equal('PENDING')
    expect(lab.notes()).to.deep.equal(['run'])
  })

  it('may put its message back on the queue, behind the others', async () => {
    engine = await lab.worker({ concurrency: 1 })
    const sent = await engine.client.send('fault.refuses', [lab.notebook, true])
    await eventually(() => expect(lab.notes().length).to.be.greaterThan(2))
    expect(await outcomeOf(engine.client.send('fault.where', [0]))).to.be.a('number')
    await engine.client.revoke(sent.id)
    await eventually(async () => expect(await sent.state()).to.equal('REVOKED'))
  })

  it('may say that there is nothing to keep', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.ignores', [])
    await eventually(() => expect(engine.logger.has('task ignored')).to.equal(true))
    await eventually(async () => expect(await engine.claims()).to.equal(0))
    expect(await sent.state()).to.equal('PENDING')
    expect(await engine.aside('dead')).to.deep.equal([])
  })
})
