import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  chain,
  chord,
  group,
  GroupResult,
  signature,
  TaskError,
  type AsyncResult,
  type Signature,
} from '../../../src/engine/index.ts'
import { add, boom, double, exits, ignore, label, list, note, refuse, sum, wait } from '../../fixtures/tasks/canvas.ts'
import { createEngine, type TestEngine, type TestEngineOptions } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const timeout = 10

describe('a canvas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lv-canvas-'))
  let server: RedisServer
  let engine: TestEngine
  let file = ''

  before(async () => {
    server = await startRedis()
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    file = join(folder, `${randomUUID()}.txt`)
  })
  afterEach(() => engine.close(0))

  async function open(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    const tasks = ['test/fixtures/tasks/canvas.ts']
    engine = await createEngine({ socketPath: server.socketPath, concurrency: 2, tasks, ...options })
    return engine
  }
  async function started(options: Partial<TestEngineOptions> = {}): Promise<TestEngine> {
    await (await open(options)).worker.start()
    return engine
  }
  // Whole lines: one may be about to be written.
  const notes = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  /** Until so many lines were noted; none may come after. */
  async function noted(count: number): Promise<string[]> {
    await eventually(() => expect(notes()).to.have.length(count))
    return notes()
  }
  async function errorOf(result: AsyncResult): Promise<TaskError> {
    const error = await result.get({ timeout }).then(
      (value) => expect.fail(`it ended well: ${JSON.stringify(value)}`),
      (thrown: unknown) => thrown,
    )
    expect(error).to.be.instanceOf(TaskError)
    return error as TaskError
  }
  /** Nothing of a chord is left on Redis, nor any claim. */
  async function expectNothingLeft(): Promise<void> {
    await eventually(async () => {
      expect(await engine.redis.keys('celery-taskset-meta-*.[jts]')).to.deep.equal([])
      expect(await engine.claims()).to.equal(0)
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(0)
    })
  }

  describe('of one after another', () => {
    for (const pool of ['threads', 'async', 'solo'] as const) {
      it(`runs to its end in the ${pool} pool: each takes what the one before it gave`, async () => {
        await started({ pool })
        const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s(), label.s('is ')))
        expect(await result.get({ timeout })).to.equal('is 6')
        expect([await result.parent?.get(), await result.parent?.parent?.get()]).to.deep.equal([6, 3])
        expect(result.parent?.parent?.parent).to.equal(null)
      })
    }

    it('is known to Celery’s tools: children, parents, root', async () => {
      await started()
      const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s()))
      await result.get({ timeout })
      const first = result.parent as AsyncResult
      expect(await engine.result(first.id)).to.deep.include({ children: [[[result.id, null], null]] })
      expect(await engine.result(result.id)).to.include({ parent_id: first.id })
      const children = await first.children()
      expect(children.map(({ id }) => id)).to.deep.equal([result.id])
    })

    it('takes short tasks many at a time', async () => {
      await started()
      const chains = await Promise.all(
        Array.from({ length: 200 }, (_value, index) =>
          engine.client.applyAsync(chain(add.s(index, 1), double.s(), double.s())),
        ),
      )
      const values = await Promise.all(chains.map((result) => result.get({ timeout: 20 })))
      expect(values).to.deep.equal(Array.from({ length: 200 }, (_value, index) => (index + 1) * 4))
    })

    it('stops at the first that fails: those behind it fail with it, and who asked is told', async () => {
      await started()
      const steps = chain(add.s(1, 2), boom.si('here').linkError(note.s(file)), double.s(), note.s(file))
      const result = await engine.client.applyAsync(steps)
      expect(await errorOf(result)).to.include({ type: 'Boom', state: 'FAILURE' })
      const failed = result.parent?.parent
      expect(await noted(1)).to.deep.equal([failed?.id])
      expect(await engine.result(String(result.parent?.id))).to.include({ status: 'FAILURE' })
      await expectNothingLeft()
    })

    it('that is revoked at its beginning ends there, and whoever waits for its end hears of it', async () => {
      await open()
      const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s()))
      await engine.client.revoke(String(result.parent?.id))
      await engine.worker.start()
      expect(await errorOf(result)).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    })

    it('sends each to the queue that it names', async () => {
      await started({ queues: ['celery', 'second'] })
      const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s().set({ queue: 'third' })))
      await result.parent?.get({ timeout })
      expect(await engine.redis.llen(engine.keys.list('third'))).to.equal(1)
      const other = await engine.client.applyAsync(chain(add.s(1, 2), double.s().set({ queue: 'second', priority: 6 })))
      expect(await other.get({ timeout })).to.equal(6)
    })

    it('waits for one that is due later', async () => {
      await started()
      const since = Date.now()
      const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s().set({ countdown: 0.3 })))
      expect(await result.get({ timeout })).to.equal(6)
      expect(Date.now() - since).to.be.at.least(300)
    })

    it('does not go on after one that ended its thread again and again', async () => {
      await started()
      const result = await engine.client.applyAsync(chain(exits.si(), note.s(file)))
      expect(await errorOf(result)).to.include({ type: 'WorkerLostError' })
      expect(notes()).to.deep.equal([])
    })

    it('is not begun where what comes next can not be read: it is set aside', async () => {
      await started()
      const body = Buffer.from(JSON.stringify([[1, 2], {}, { chain: ['x'] }])).toString('base64')
      const message = {
        body,
        'content-type': 'application/json',
        'content-encoding': 'utf-8',
        headers: { task: 'canvas.add', id: 'odd' },
        properties: {
          body_encoding: 'base64',
          delivery_tag: 'odd',
          delivery_info: { exchange: '', routing_key: 'celery' },
        },
      }
      await engine.redis.lpush(engine.keys.list('celery'), JSON.stringify(message))
      await eventually(async () => expect(await engine.aside('unreadable')).to.have.length(1))
      const [{ note: noted } = expect.fail('there is none')] = await engine.aside('unreadable')
      expect(noted['reason']).to.include('chain[0]: expected a signature, came a value of type string')
      expect(await engine.result('odd')).to.include({ status: 'FAILURE' })
    })
  })

  it('runs where results have a Redis of their own: what is counted and stored is there, what is sent is here', async () => {
    await started({ resultsDatabase: 11 })
    const { client, resultsRedis, redis } = engine
    const good = await client.applyAsync(chain(add.s(1, 2), group(double.s(), add.s(1)), sum.s()))
    expect(await good.get({ timeout })).to.equal(10)
    const bad = await client.applyAsync(chord([add.s(1, 2), boom.s('x')], sum.s().linkError(note.s(file))))
    expect(await errorOf(bad)).to.include({ type: 'ChordError' })
    expect(await noted(1)).to.deep.equal([bad.id])
    const failed = await client.applyAsync(chain(boom.s('y'), double.s()))
    expect(await errorOf(failed)).to.include({ type: 'Boom' })
    for (const { id } of [good, bad, failed]) {
      expect(await redis.exists(`celery-task-meta-${id}`)).to.equal(0)
      expect(await resultsRedis.exists(`celery-task-meta-${id}`)).to.equal(1)
    }
    expect(await redis.keys('celery-taskset-meta-*')).to.deep.equal([])
    await eventually(async () => expect(await engine.claims()).to.equal(0))
  })

  it('with callbacks sends each of them when the task has ended well', async () => {
    await started()
    const result = await engine.client.applyAsync(add.s(1, 2).link(note.s(file), double.s().link(note.s(file))))
    expect(await result.get({ timeout })).to.equal(3)
    expect((await noted(2)).toSorted()).to.deep.equal(['3', '6'])
  })

  it('is put aside where its queue is no list, and does not hold up the task before it', async () => {
    await started()
    await engine.redis.set(engine.keys.list('taken'), 'text')
    const result = await engine.client.applyAsync(chain(add.s(1, 2), double.s().set({ queue: 'taken' })))
    expect(await result.parent?.get({ timeout })).to.equal(3)
    await eventually(async () => expect(await engine.redis.zcard(engine.keys.aside('dead', 'taken'))).to.equal(1))
    expect(await engine.deadLetters.show(result.id)).to.include({
      reason: 'its queue can not take it',
      taskName: 'canvas.double',
    })
  })

  describe('side by side', () => {
    it('gives the results of all, in their order', async () => {
      await started()
      const result = await engine.client.applyAsync(group(add.s(1, 2), label.s(5, 'x'), chain(add.s(1, 1), double.s())))
      const [one, two, three] = await result.get({ timeout })
      expect([one, two, three]).to.deep.equal([3, 'x5', 4])
      expect(await result.completedCount()).to.equal(3)
      expect(await engine.result(result.results[0].id)).to.include({ group_id: result.id })
    })

    it('runs what a group is followed by with the list of them', async () => {
      await started()
      const result = await engine.client.applyAsync(
        chain(add.s(1, 2), group(double.s(), add.s(10)), sum.s(), double.s()),
      )
      expect(await result.get({ timeout })).to.equal(38)
      await expectNothingLeft()
    })

    it('is sent as a whole or not at all', async () => {
      await open({ limits: { maxQueueLength: 3 } })
      const numbers = [1, 2, 3, 4]
      const error = await engine.client
        .applyAsync(group(...numbers.map((n) => double.s(n))))
        .catch((reason: unknown) => reason)
      expect(error).to.have.property('code', 'QUEUE_FULL')
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(0)
      const result = await engine.client.applyAsync(group(...numbers.slice(1).map((n) => double.s(n))))
      expect(await engine.redis.llen(engine.keys.list('celery'))).to.equal(3)
      await engine.worker.start()
      expect(await result.get({ timeout })).to.deep.equal([4, 6, 8])
    })
  })

  describe('with a body that waits for all', () => {
    it('runs it once, with the results in their order', async () => {
      await started()
      const numbers = Array.from({ length: 50 }, (_value, index) => index)
      const result = await engine.client.applyAsync(
        chord(
          numbers.map((n) => double.s(n)),
          list.s().link(signature('canvas.note', [file])),
        ),
      )
      expect(await result.get({ timeout })).to.deep.equal(numbers.map((n) => n * 2))
      const parent = result.parent ?? expect.fail('it has none')
      expect(parent).to.be.instanceOf(GroupResult)
      expect((parent as GroupResult).results).to.have.length(50)
      expect(await noted(1)).to.have.length(1)
      await expectNothingLeft()
    })

    it('passes every value through, as it is', async () => {
      await started()
      const header = [label.s(1, 'é"\\\n'), list.s([]), list.s([[1], 'x'])]
      const result = await engine.client.applyAsync(chord(header, signature('canvas.list')))
      expect(await result.get({ timeout })).to.deep.equal(['é"\\\n1', [], [[1], 'x']])
    })

    it('goes on with whatever the body is', async () => {
      await started()
      const chained = await engine.client.applyAsync(chord([add.s(1, 2), add.s(3, 4)], chain(sum.s(), double.s())))
      expect(await chained.get({ timeout })).to.equal(20)
      const inner = chord([add.s(1, 2), add.s(3, 4)], sum.s())
      const nested = await engine.client.applyAsync(chord([inner, chain(add.s(1, 1), double.s())], list.s()))
      expect(await nested.get({ timeout })).to.deep.equal([10, 4])
      const after = await engine.client.applyAsync(
        chain(chord([add.s(1, 2), add.s(3, 4)], group(sum.s(), sum.s())), list.s()),
      )
      expect(await after.get({ timeout })).to.deep.equal([10, 10])
      await expectNothingLeft()
    })

    it('keeps the form of a header that ends in a group', async () => {
      await started()
      const header = [add.s(1, 1), chain(add.s(1, 2), group(double.s(), add.s(1)))]
      const result = await engine.client.applyAsync(chord(header, signature('canvas.list')))
      expect(await result.get({ timeout })).to.deep.equal([2, [6, 4]])
    })

    const failures: [what: string, member: () => Signature<never, true, number>, says: RegExp][] = [
      ['fails', () => boom.s('broken'), /raised Boom\('broken'\)$/],
      ['is rejected', () => refuse.s('not this'), /raised Reject\('not this'\)$/],
      ['is ignored', () => ignore.s('no need'), /raised Ignore\('ignored'\)$/],
      ['ends its thread again and again', () => exits.s(), /raised WorkerLostError\('it ended its thread 3 times/],
      ['has expired', () => boom.s('late').set({ expiresInSeconds: 0 }), /raised TaskRevokedError\('expired'\)$/],
      ['fails before its end', () => chain(boom.s('first'), double.s(), double.s()), /raised Boom\('first'\)$/],
    ]
    for (const [what, member, says] of failures) {
      it(`fails with a ChordError when a member ${what}, and tells who asked, once`, async () => {
        await started()
        const body = sum.s().linkError(note.s(file))
        const result = await engine.client.applyAsync(chord([add.s(1, 2), member(), add.s(3, 4)], body))
        const error = await errorOf(result)
        expect(error).to.include({ type: 'ChordError', state: 'FAILURE' })
        expect(error.message)
          .to.match(/^ChordError: Dependency /)
          .and.match(says)
        expect(await noted(1)).to.deep.equal([result.id])
        await expectNothingLeft()
        expect(notes()).to.have.length(1)
      })
    }

    it('fails when a member is revoked before it starts, and when one is ended', async () => {
      const gate = new Int32Array(new SharedArrayBuffer(4))
      await open({ settings: { gate } })
      const result = await engine.client.applyAsync(chord([wait.s(1), double.s(2)], sum.s().linkError(note.s(file))))
      const [running, waiting] = (result.parent as GroupResult).results as AsyncResult[]
      await engine.client.revoke(String(waiting?.id))
      await engine.worker.start()
      await eventually(async () => expect(await waiting?.state()).to.equal('REVOKED'))
      await engine.client.revoke(String(running?.id), { terminate: true })
      expect(await errorOf(result)).to.include({ type: 'ChordError' })
      expect(await noted(1)).to.deep.equal([result.id])
    })

    it('fails where what it waits for is a chord that has failed', async () => {
      await started()
      const inner = chord([add.s(1, 2), boom.s('deep')], chain(sum.s(), double.s()))
      const result = await engine.client.applyAsync(chord([inner, add.s(3, 4)], sum.s().linkError(note.s(file))))
      const error = await errorOf(result)
      expect(error).to.include({ type: 'ChordError' })
      expect(error.message).to.include("raised ChordError('Dependency ").and.include("raised Boom('deep')")
      expect(await noted(1)).to.deep.equal([result.id])
      await expectNothingLeft()
    })

    it('is healed by a second chance for the member that failed, while others still run', async () => {
      const gate = new Int32Array(new SharedArrayBuffer(4))
      await started({ settings: { gate } })
      const failing = boom.s('once')
      const result = await engine.client.applyAsync(chord([wait.s(1), failing], sum.s()))
      await eventually(async () => expect(await engine.aside('dead')).to.have.length(1))
      const raw = (await engine.aside('dead'))[0]?.raw
      // The same task, mended.
      const mended = String(raw).replace('"task":"canvas.boom"', '"task":"canvas.list"')
      await engine.redis.lpush(engine.keys.list('celery'), mended)
      const member = (result.parent as GroupResult).results[1] as AsyncResult
      await eventually(async () => expect(await member.state()).to.equal('SUCCESS'))
      Atomics.store(gate, 0, 1)
      expect(await result.get({ timeout })).to.equal('1once')
    })
  })
})
