import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { chain, signature, TaskError, type AsyncResult, type SendOptions } from '../../src/engine/index.ts'
import { sendSmsCode } from '../../tasks/sms/send-code.ts'
import { double, label } from '../fixtures/tasks/canvas.ts'
import type { CeleryApp } from '../support/celery.ts'
import { createEngine, type TestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { InteropLab } from './interop-lab.ts'

const timeout = 20

/** A shop's Celery project, which sends the codes that the service in Node asks for, and has other tasks. */
const source = `
class SmsRejected(Exception):
    pass

@app.task(name='ccp_send_sms_code', bind=True)
def send_sms_code(self, mobile, code):
    if mobile == '13800000001':
        raise SmsRejected('no such number')
    request = self.request
    app.backend.client.rpush('sms', json.dumps([mobile, code, request.id, request.expires is not None, request.origin]))
    return 0

@app.task(name='py.when')
def when():
    return time.time()

@app.task(name='py.note')
def note(value):
    app.backend.client.rpush('noted', value)
    return value

@app.task(name='py.retries', bind=True, max_retries=3)
def retries(self, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.01)
    return self.request.retries

@app.task(name='py.limits', bind=True)
def limits(self):
    return [self.request.timelimit, self.request.delivery_info]

@app.task(name='py.progress', bind=True)
def progress(self):
    self.update_state(state='PROGRESS', meta={'done': 1})
    while not app.backend.client.exists('go'):
        time.sleep(0.01)
    return 'gone on'

@app.task(name='py.named')
def named(a, *, b):
    return [a, b]
`

/** What a Node process sends that has no worker: the workers are Celery's, but for the queue `node`. */
describe('a Node client and tasks that run in Python', function () {
  this.timeout(60_000)
  const lab = new InteropLab(source)
  let app: CeleryApp
  let engine: TestEngine
  let other: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
    const socketPath = String(engine.redis.options.path)
    const tasks = ['test/fixtures/tasks/canvas.ts']
    other = await createEngine({ socketPath, prefix: '', tasks, node: 'node', queues: ['node'] })
    // One thread: with two, Celery may write RETRY of one attempt after the next one has failed, and RETRY it stays.
    await Promise.all([other.worker.start(), app.startWorker({ concurrency: 1, pool: 'threads' })])
  })
  after(async () => {
    await other?.close()
    await lab.close()
  })
  beforeEach(() => engine.redis.del('noted', 'sms', 'go'))

  const send = (name: string, args: readonly unknown[] = [], options: SendOptions = {}): Promise<AsyncResult> =>
    engine.client.send(`py.${name}`, args, options)
  const noted = (): Promise<string[]> => engine.redis.lrange('noted', 0, -1)

  async function errorOf(result: AsyncResult): Promise<TaskError> {
    const error = await result.get({ timeout }).then(
      (value) => new Error(`expected a failure, came ${JSON.stringify(value)}`),
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof TaskError)) throw error
    return error
  }

  describe("the service's SMS codes, sent by a Celery worker", () => {
    /** As the service sends them: bound, with an id that it has noted and the life of the code. */
    async function sendCode(mobile: string): Promise<AsyncResult<number>> {
      const { sendSmsCode: task } = engine.client.bind({ sendSmsCode })
      return task.applyAsync([mobile, '123456'], { taskId: randomUUID(), expiresInSeconds: 300 })
    }

    it('get there, and their result comes back', async () => {
      const sent = await sendCode('13800000000')
      expect(await sent.get({ timeout })).to.equal(0)
      expect(await sent.state()).to.equal('SUCCESS')
      const received = (await engine.redis.lrange('sms', 0, -1)).map((json) => JSON.parse(json) as unknown)
      expect(received).to.deep.equal([['13800000000', '123456', sent.id, true, `${process.pid}@test`]])
    })

    it('fail with the error that was raised there', async () => {
      const error = await errorOf(await sendCode('13800000001'))
      expect(error).to.include({ type: 'SmsRejected', message: 'SmsRejected: no such number', state: 'FAILURE' })
      expect(error.traceback).to.match(/^Traceback[^]+raise SmsRejected/)
    })

    it('may be part of a chain that begins and ends in Node', async () => {
      const home = { queue: 'node' }
      const code = signature<number>('ccp_send_sms_code', ['123456'], {}, { queue: 'celery' })
      const result = await engine.client.applyAsync(
        chain(label.s(10_000_000, '138').set(home), code, double.s().set(home)),
      )
      expect(await result.get({ timeout })).to.equal(0)
      const [json = ''] = await engine.redis.lrange('sms', 0, -1)
      expect(JSON.parse(json)).to.include.members(['13810000000', '123456'])
    })
  })

  it('arguments go by name, too', async () => {
    const named = signature('py.named', [1], { b: { c: [2] } })
    expect(await (await engine.client.applyAsync(named)).get({ timeout })).to.deep.equal([1, { c: [2] }])
  })

  it('a state of the task’s own is seen while it runs', async () => {
    const result = await send('progress')
    await eventually(async () => expect(await result.state()).to.equal('PROGRESS'))
    expect(await result.info()).to.deep.equal({ done: 1 })
    await engine.redis.set('go', 1)
    expect(await result.get({ timeout })).to.equal('gone on')
  })

  it('a retry there goes on under the same id', async () => {
    expect(await (await send('retries', [2])).get({ timeout })).to.equal(2)
    const error = await errorOf(await send('retries', [9]))
    expect(error).to.include({ type: 'MaxRetriesExceededError', state: 'FAILURE' })
  })

  it('countdown and eta: not before, to the whole second, which is as exact as a Celery worker is', async () => {
    const [seconds = 0, micros = 0] = (await engine.redis.time()).map(Number)
    const sentAt = seconds + micros / 1e6
    const results = await Promise.all([
      send('when', [], { countdown: 2 }),
      send('when', [], { eta: new Date(sentAt * 1_000 + 2_000) }),
      send('when'),
    ])
    const [counted = 0, timed = 0, atOnce = 0] = (await Promise.all(
      results.map((result) => result.get({ timeout })),
    )) as number[]
    expect(Math.min(counted, timed) - sentAt).to.be.greaterThan(1)
    expect(atOnce).to.be.lessThan(Math.min(counted, timed))
  })

  it('queue: it waits there for a worker of that queue; priority: 0 is served first', async () => {
    for (const priority of [9, 6, 3, 0, 9, 0]) await send('note', [priority], { queue: 'ranked', priority })
    await (await send('when')).get({ timeout })
    expect(await noted()).to.deep.equal([])
    const worker = await app.startWorker({ queues: ['ranked'], pool: 'solo' })
    await eventually(async () => expect(await noted()).to.have.length(6), { timeoutMs: 30_000 })
    expect(await noted()).to.deep.equal(['0', '0', '3', '6', '9', '9'])
    await worker.kill()
  })

  it('expires: one that is over by then is REVOKED, and not run', async () => {
    const late = await send('note', ['late'], { queue: 'slow', expiresInSeconds: 0.05 })
    const good = await send('note', ['good'], { queue: 'slow', expiresInSeconds: 60 })
    const worker = await app.startWorker({ queues: ['slow'], pool: 'solo' })
    expect(await good.get({ timeout })).to.equal('good')
    expect(await errorOf(late)).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    expect(await noted()).to.deep.equal(['good'])
    await worker.kill()
  })

  it('limits, priority and route are what the task is told', async () => {
    const result = await send('limits', [], { timeLimit: 20, softTimeLimit: 10.5, priority: 3 })
    const [limits, delivery] = (await result.get({ timeout })) as [unknown, Record<string, unknown>]
    expect(limits).to.deep.equal([20, 10.5])
    expect(delivery).to.include({ exchange: '', routing_key: 'celery', priority: 3 })
  })

  it('forget() drops the result', async () => {
    const result = await send('note', [1])
    await result.get({ timeout })
    await result.forget()
    expect(await result.state()).to.equal('PENDING')
    expect(await engine.redis.exists(`celery-task-meta-${result.id}`)).to.equal(0)
  })

  it('revoke() keeps one from starting that waits for its time', async () => {
    const result = await send('note', ['revoked'], { countdown: 1 })
    await engine.client.revoke(result.id)
    const later = await send('note', ['other'], { countdown: 1 })
    expect(await errorOf(result)).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    await later.get({ timeout })
    expect(await noted()).to.deep.equal(['other'])
  })

  it('revoke() with terminate ends one that runs', async () => {
    const worker = await app.startWorker({ queues: ['forked'], pool: 'prefork' })
    const result = await send('progress', [], { queue: 'forked' })
    await eventually(async () => expect(await result.state()).to.equal('PROGRESS'))
    await engine.client.revoke(result.id)
    // Not this one, which may end: it has begun.
    expect(await result.state()).to.equal('PROGRESS')
    await engine.client.revoke(result.id, { terminate: true })
    expect(await errorOf(result)).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    await worker.kill()
  })
})
