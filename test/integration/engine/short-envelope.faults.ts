import { expect } from 'chai'
import { RedisClock } from '../../../src/engine/broker/redis-clock.ts'
import { RedisSchedule } from '../../../src/engine/broker/redis-schedule.ts'
import { Queues } from '../../../src/engine/queues.ts'
import { TaskError, type AsyncResult } from '../../../src/engine/index.ts'
import { defineTask } from '../../../src/engine/task.ts'
import { CeleryApp, celeryUrl } from '../../support/celery.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { outcomeOf } from '../../support/fault-lab.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const source = `
def told(request):
    return {
        'id': request.id, 'root': request.root_id, 'parent': request.parent_id, 'retries': request.retries,
        'eta': request.eta, 'expires': request.expires, 'timelimit': request.timelimit,
        'priority': request.delivery_info.get('priority'), 'argsrepr': request.argsrepr, 'at': time.time(),
    }

@app.task(bind=True, name='celery.look')
def look(self, *args):
    return [told(self.request), [type(arg).__name__ for arg in args], [str(arg) for arg in args]]

@app.task(bind=True, name='celery.again', max_retries=2)
def again(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.05)
    return told(self.request)

@app.task(bind=True, name='celery.chains')
def chains(self, *args):
    return (look.si('first') | look.si('second')).apply_async().id

@app.task(bind=True, name='celery.replaces')
def replaces(self):
    return self.replace(look.si('instead') | look.si('of it'))

@app.task(name='celery.dies')
def dies():
    os._exit(3)

@app.task(name='celery.sleeps')
def sleeps():
    time.sleep(30)

@app.task(name='celery.fails')
def fails():
    raise ValueError('no')
`

interface Told {
  readonly id: string
  readonly root: string | null
  readonly parent: string | null
  readonly retries: number
  readonly eta: string | null
  readonly expires: string | null
  readonly timelimit: unknown
  readonly priority: number | null
  readonly argsrepr: string
  readonly at: number
}
type Looked = [told: Told, types: string[], texts: string[]]

/** Runs only with a real Celery on this machine: not part of `npm test`. */
describe('a real Celery worker, and the messages that we send', function () {
  this.timeout(60_000)
  let server: RedisServer
  let engine: TestEngine
  let app: CeleryApp

  before(async () => {
    server = await startRedis()
    app = new CeleryApp({ url: celeryUrl(server.socketPath), source })
  })
  after(async () => {
    await app.close()
    await server.stop()
  })
  beforeEach(async () => {
    engine = await createEngine({ socketPath: server.socketPath, prefix: '', pool: 'solo' })
    await engine.redis.flushdb()
  })
  afterEach(() => engine.close(0))

  const looked = async (sent: AsyncResult | Promise<AsyncResult>): Promise<Looked> =>
    (await (await sent).get({ timeout: 20 })) as Looked

  describe('that runs', () => {
    before(() => app.startWorker({ concurrency: 2, args: ['-E'] }))
    after(async () => {
      await app.close()
      app = new CeleryApp({ url: celeryUrl(server.socketPath), source })
    })

    it('runs a task with its arguments, and we read the result', async () => {
      const date = new Date(1_700_000_000_123)
      const args = ['größe 💡', 1, 2.5, true, null, [1, { a: 'b' }], date, new Uint8Array([1, 2])]
      const sent = await engine.client.send('celery.look', args)
      const [told, types, texts] = await looked(sent)
      expect(told).to.include({ id: sent.id, retries: 0, eta: null, expires: null, parent: null })
      expect(told.argsrepr).to.include('größe')
      expect(types.slice(0, 6)).to.deep.equal(['str', 'int', 'float', 'bool', 'NoneType', 'list'])
      expect(texts.slice(0, 6)).to.deep.equal(['größe 💡', '1', '2.5', 'True', 'None', "[1, {'a': 'b'}]"])
      // kombu reads times since 5.3; before, they are what they are in JSON.
      expect(texts[6]).to.match(/2023-11-14[T ]22:13:20\.123/)
      expect(await sent.state()).to.equal('SUCCESS')
    })

    it('runs one without arguments', async () => {
      expect((await looked(engine.client.send('celery.look', []))).slice(1)).to.deep.equal([[], []])
    })

    it('runs many that were sent at once, each once', async () => {
      const sent = await Promise.all(
        Array.from({ length: 100 }, (_value, index) => engine.client.send('celery.look', [index])),
      )
      const numbers = await Promise.all(sent.map(async (each) => (await looked(each))[2][0]))
      expect(numbers).to.deep.equal(sent.map((_each, index) => String(index)))
    })

    it('takes eta, end, limits and priority for what they are', async () => {
      const eta = new Date(Math.ceil(Date.now() / 1000) * 1000 - 2_000)
      const options = { eta, expiresInSeconds: 60, timeLimit: 20, softTimeLimit: 10, priority: 6 }
      const [told] = await looked(engine.client.send('celery.look', [], options))
      expect(new Date(told.eta ?? '').getTime()).to.equal(eta.getTime())
      expect(new Date(told.expires ?? '').getTime()).to.be.within(Date.now() + 30_000, Date.now() + 61_000)
      expect(told.timelimit).to.deep.equal([20, 10])
      expect(told.priority).to.equal(6)
    })

    it('gets one with a countdown when it is due, from a process of ours', async () => {
      const { redis, keys } = engine
      const schedule = new RedisSchedule({ redis, keys, queues: new Queues(['celery']), clock: new RedisClock() })
      const due = Date.now() + 1_000
      const sent = await engine.client.send('celery.look', [], { countdown: 1 })
      await eventually(async () => {
        await schedule.promote()
        expect(await sent.state()).to.equal('SUCCESS')
      })
      const [told] = await looked(sent)
      expect(told.at * 1000).to.be.at.least(due - 5)
    })

    it('keeps no result where nobody wants one', async () => {
      const tasks = engine.client.bind({
        look: defineTask('celery.look', { ignoreResult: true }, (_context, _text: string) => {}),
      })
      const sent = await tasks.look.delay('x')
      const next = engine.client.send('celery.look', [])
      await looked(next)
      await eventually(async () => expect(await engine.redis.llen('celery')).to.equal(0))
      expect(await engine.redis.exists(`celery-task-meta-${sent.id}`)).to.equal(0)
    })

    it('tries one again under its id, and takes it for the root of what it sends', async () => {
      const again = await engine.client.send('celery.again', [])
      expect(await again.get({ timeout: 20 })).to.include({ id: again.id, retries: 2 })
      const chains = await engine.client.send('celery.chains', [1])
      const last = await looked(engine.client.asyncResult((await chains.get({ timeout: 20 })) as string))
      expect(last[0]).to.include({ root: chains.id })
      expect(last[2]).to.deep.equal(['second'])
      const replaces = await engine.client.send('celery.replaces', [])
      const instead = await looked(replaces)
      expect(instead[2]).to.deep.equal(['of it'])
    })

    it('tells of one that fails, that ends its process, and that takes too long', async () => {
      const failed = await outcomeOf(engine.client.send('celery.fails', []), 20)
      expect(failed).to.be.instanceOf(TaskError).and.include({ type: 'ValueError', state: 'FAILURE' })
      // What follows is told by the worker's parent process.
      const slow = await outcomeOf(engine.client.send('celery.sleeps', [], { timeLimit: 1 }), 20)
      expect(slow).to.be.instanceOf(TaskError).and.include({ type: 'TimeLimitExceeded', state: 'FAILURE' })
      const dead = await outcomeOf(engine.client.send('celery.dies', []), 20)
      expect(dead).to.be.instanceOf(TaskError).and.include({ type: 'WorkerLostError', state: 'FAILURE' })
      expect((await looked(engine.client.send('celery.look', ['after'])))[2]).to.deep.equal(['after'])
    })

    it('tells its monitors of them', async () => {
      const subscriber = engine.redis.duplicate()
      const events: { type: string; uuid?: string; root_id?: string | null; args?: string }[] = []
      subscriber.on('pmessage', (_pattern, _channel, message: string) => {
        const { body } = JSON.parse(message) as { body: string }
        events.push(...[JSON.parse(Buffer.from(body, 'base64').toString()) as (typeof events)[number]].flat())
      })
      await subscriber.psubscribe('/10.celeryev/*')
      try {
        const sent = await engine.client.send('celery.look', ['x'])
        await sent.get({ timeout: 20 })
        const typesOf = (): string[] => events.filter(({ uuid }) => uuid === sent.id).map(({ type }) => type)
        await eventually(() =>
          expect(typesOf()).to.include.members(['task-received', 'task-started', 'task-succeeded']),
        )
        expect(events.find(({ type }) => type === 'task-received')).to.include({ args: "('x',)" })
      } finally {
        subscriber.disconnect()
      }
    })

    it('shows it while it runs', async () => {
      const sent = await engine.client.send('celery.sleeps', [], { softTimeLimit: 4 })
      const active = await eventually(async () => {
        const found = (await app.run('answer = app.control.inspect(timeout=2).active()')) as Record<string, object[]>
        const [one] = Object.values(found).flat()
        expect(one).to.include({ id: sent.id, name: 'celery.sleeps' })
        return one
      })
      expect(active).to.deep.include({ args: [], kwargs: {} })
      expect(await outcomeOf(Promise.resolve(sent), 20)).to.include({ type: 'SoftTimeLimitExceeded' })
    })
  })

  describe('that starts later', () => {
    it('serves them by priority, in their order, and runs none that has expired', async () => {
      const expired = await engine.client.send('celery.look', [], { expiresInSeconds: 0.2 })
      const sent = await Promise.all(
        [9, 0, 3, 0, 6].map((priority) => engine.client.send('celery.look', [priority], { priority })),
      )
      await new Promise((resolve) => setTimeout(resolve, 250))
      await app.startWorker({ args: ['--prefetch-multiplier', '1'] })
      const at = await Promise.all(sent.map(async (each) => (await looked(each))[0].at))
      const order = at.map((_time, index) => index).toSorted((a, b) => (at[a] ?? 0) - (at[b] ?? 0))
      expect(order).to.deep.equal([1, 3, 2, 4, 0])
      expect(await outcomeOf(Promise.resolve(expired), 20)).to.include({ state: 'REVOKED' })
    })
  })
})
