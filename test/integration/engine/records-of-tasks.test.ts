import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import type { RecordState, TaskRecord } from '../../../src/engine/task-record.ts'
import type { TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { useEngines } from '../../support/use-engines.ts'

describe('records of the tasks of a worker', function () {
  this.timeout(30_000)
  const engines = useEngines()

  async function worker(options: Partial<TestEngineOptions> = {}) {
    const tasks = ['test/fixtures/tasks/recorded.ts']
    const engine = await engines.create({ tasks, records: {}, concurrency: 2, ...options })
    await engine.worker.start()
    const { records } = engine
    if (records === null) throw new Error('no records are kept')
    const until = (id: string, ...states: RecordState[]): Promise<TaskRecord> =>
      eventually(
        async () => {
          const record = await records.read(id)
          const seen = record?.runs.map(({ state }) => state)
          if (record === null || seen === undefined) throw new Error('there is no record')
          expect(seen).to.deep.equal(states)
          return record
        },
        { what: `${states.join(', ')} of ${id}` },
      )
    return { engine, records, until }
  }

  it('tell of a task while it runs and when it has ended, with its log', async () => {
    const { engine, records, until } = await worker()
    const go = engines.file()
    const { id } = await engine.client.send('recorded.steps', [go])
    const begun = await eventually(async () => {
      const record = await until(id, 'STARTED')
      expect(record.runs[0]?.progress?.fraction).to.equal(0.5)
      expect((await records.log(id)).lines).to.have.length(1)
      return record
    })
    const [running] = begun.runs
    expect(running).to.deep.include({ node: 'test', queue: 'celery', retries: 0, endedAt: null, result: null })
    expect(running?.thread).to.be.greaterThan(0)
    expect(running?.progress).to.deep.include({ state: 'PROGRESS', meta: "{'current': 1, 'total': 2}" })
    expect(begun.facts.args).to.equal(`('${go}',)`)
    expect(running?.startedAt).to.be.at.least(running?.receivedAt ?? Infinity)
    expect(running?.receivedAt).to.be.at.least(Math.floor(begun.facts.sentAt ?? Infinity))

    writeFileSync(go, '')
    const ended = await until(id, 'SUCCESS')
    expect(ended.runs[0]).to.deep.include({ result: "['done', 2]", progress: null, thread: running?.thread })
    expect(ended.runs[0]?.runtimeMs).to.be.greaterThan(0)
    const { lines } = await records.log(id)
    expect(lines.map(({ text }) => text)).to.deep.equal(['half of it { step: 1 }', 'the rest'])
    const inLog = engine.logger.lines.filter(({ message }) => message === 'the rest')
    expect(inLog).to.deep.equal([
      { level: 'info', message: 'the rest', fields: { task: 'recorded.steps', taskId: id } },
    ])
    expect(await records.counts()).to.include({ SUCCESS: 1, STARTED: 0 })
  })

  it('tell of each try, and why it went wrong', async () => {
    const { engine, records, until } = await worker()
    const { id } = await engine.client.send('recorded.fails', ['no luck'])
    const { runs } = await until(id, 'RETRY', 'FAILURE')
    const [first, last] = runs
    expect(first).to.deep.include({ retries: 0, result: null })
    expect(first?.error).to.include({ type: 'TransientError', message: 'no luck' })
    expect(first?.retryAt).to.be.at.least(first?.startedAt ?? Infinity)
    expect(last).to.deep.include({ retries: 1, retryAt: null })
    expect(last?.error?.type).to.equal('Refused')
    expect(last?.error?.stack).to.contain('recorded.ts')
    await eventually(async () => {
      const { lines } = await records.log(id)
      expect(lines.map(({ text }) => text)).to.deep.equal(['try 0', 'try 1'])
    })
  })

  it('show nothing of what a task masks', async () => {
    const { engine, until } = await worker()
    const { id } = await engine.client.send('recorded.secret', ['13800138000', '424242'])
    const record = await until(id, 'SUCCESS')
    expect(record.facts).to.include({ args: "('138****', '****')", kwargs: '{}', masked: true })
    expect(record.runs[0]?.result).to.equal('...')
    expect(JSON.stringify(await engine.redis.hgetall(engine.keys.records()))).not.to.contain('424242')
  })

  it('tell that a task was revoked before it began, or ended', async () => {
    const { engine, until } = await worker()
    const go = engines.file()
    const running = await engine.client.send('recorded.waits', [go])
    await until(running.id, 'STARTED')
    await engine.client.revoke(running.id, { terminate: true })
    const ended = await until(running.id, 'REVOKED')
    expect(ended.runs[0]?.error).to.deep.equal({ type: 'TaskRevokedError', message: 'terminated', stack: null })

    const id = 'revoked-before'
    await engine.client.revoke(id)
    await engine.client.send('recorded.noop', [], { taskId: id })
    const refused = await until(id, 'REVOKED')
    expect(refused.runs[0]).to.deep.include({ startedAt: null, runtimeMs: null })
    expect(refused.runs[0]?.error?.message).to.equal('revoked')
  })

  it('are complete after an orderly stop, also of a task that is handed back', async () => {
    const prefix = `records-${process.pid}:`
    const { engine, until } = await worker({ prefix })
    const go = engines.file()
    const long = await engine.client.send('recorded.waits', [go])
    await until(long.id, 'STARTED')
    const { id } = await engine.client.send('recorded.noop', [])
    await engine.client.asyncResult(id).get({ timeout: 10 })
    await engines.close(0)
    const tasks = ['test/fixtures/tasks/recorded.ts']
    const other = await engines.create({ prefix, tasks, records: {}, node: 'other' })
    const statesOf = async (each: string) => (await other.records?.read(each))?.runs.map(({ state }) => state)
    expect(await statesOf(long.id)).to.deep.equal(['RECEIVED'])
    expect(await statesOf(id)).to.deep.equal(['SUCCESS'])
    await other.worker.start()
    writeFileSync(go, '')
    await eventually(async () => expect(await statesOf(long.id)).to.deep.equal(['RECEIVED', 'SUCCESS']))
  })

  it('are kept of a bounded number in a second, and the rest is counted', async () => {
    const { engine, records } = await worker({ records: { perSecond: 5 } })
    const sent = await Promise.all(Array.from({ length: 300 }, () => engine.client.send('recorded.noop', [])))
    await Promise.all(sent.map((result) => result.get({ timeout: 20 })))
    const failed = await engine.client.send('recorded.fails', ['no luck'])
    await failed.get({ timeout: 20 }).catch(() => undefined)
    await eventually(async () => {
      const { count, passed } = await records.figures()
      expect(count).to.be.within(5, 100)
      // Each run is either recorded or counted; one that fails is recorded whatever comes.
      expect(count + passed).to.be.within(301, 302)
      expect((await records.read(failed.id))?.runs.at(-1)?.state).to.equal('FAILURE')
    })
  })

  it('hold no more lines of a log than they should, and the process goes on', async () => {
    const { engine, records, until } = await worker()
    const { id } = await engine.client.send('recorded.talks', [1_500])
    await until(id, 'SUCCESS')
    await eventually(async () => expect((await records.log(id)).lines).to.have.length(200))
    expect(engine.logger.has('tasks logged too much at once')).to.equal(true)
  })

  it('are not kept where nobody wants any; tasks log all the same', async () => {
    const tasks = ['test/fixtures/tasks/recorded.ts']
    const engine = await engines.create({ tasks, pool: 'solo' })
    await engine.worker.start()
    expect(engine.records).to.equal(null)
    const result = await engine.client.send('recorded.talks', [1])
    await result.get({ timeout: 20 })
    expect(engine.logger.has('line 1')).to.equal(true)
    expect(await engine.redis.exists(engine.keys.records())).to.equal(0)
  })
})
