import { expect } from 'chai'
import { readBody } from '../../../src/engine/body.ts'
import { chain, chord, chunks, map, signature, starmap, TaskError } from '../../../src/engine/index.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import { add, boom, double, list, secret, sum, twice } from '../../fixtures/tasks/canvas.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const timeout = 10

describe('many calls in one message', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(async () => {
    engine = await createEngine({ socketPath: server.socketPath, tasks: ['test/fixtures/tasks/canvas.ts'] })
  })
  afterEach(() => engine.close(0))

  it('give the list of what they gave', async () => {
    await engine.worker.start()
    expect(await (await engine.client.applyAsync(map(double, [1, 2, 3]))).get({ timeout })).to.deep.equal([2, 4, 6])
    const pairs: [number, number][] = [
      [1, 2],
      [3, 4],
    ]
    expect(await (await engine.client.applyAsync(starmap(add, pairs))).get({ timeout })).to.deep.equal([3, 7])
    const bound = engine.client.bind({ add })
    expect(await (await engine.client.applyAsync(starmap(bound.add, pairs))).get({ timeout })).to.deep.equal([3, 7])
    const named = await engine.client.applyAsync(map(signature<number>('canvas.double'), [5]))
    expect(await named.get({ timeout })).to.deep.equal([10])
  })

  it('may stand in a chain', async () => {
    await engine.worker.start()
    const result = await engine.client.applyAsync(chain(map(double, [1, 2, 3]), sum.s()))
    expect(await result.get({ timeout })).to.equal(12)
  })

  it('go in chunks, which may be the header of a chord', async () => {
    await engine.worker.start()
    const pairs = [1, 2, 3, 4, 5].map((value): [number, number] => [value, 1])
    const parts = chunks(add, pairs, 2)
    expect(parts.size).to.equal(3)
    expect(await (await engine.client.applyAsync(parts)).get({ timeout })).to.deep.equal([[2, 3], [4, 5], [6]])
    expect(await (await engine.client.applyAsync(chord(parts, list.s()))).get({ timeout })).to.deep.equal([
      [2, 3],
      [4, 5],
      [6],
    ])
  })

  it('go in chunks as a task in a chain too, as Celery has it there', async () => {
    await engine.worker.start()
    const kwargs = {
      task: { ...signature('canvas.add').wire },
      it: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      n: 2,
    }
    const task = signature<number[][]>('celery.chunks', [], kwargs, { immutable: true })
    const result = await engine.client.applyAsync(chain(add.s(1, 2), task, list.s()))
    expect(await result.get({ timeout })).to.deep.equal([[3, 7], [11]])
  })

  it('fail with the first that fails, and where their task is not known', async () => {
    await engine.worker.start()
    const failed = await engine.client.applyAsync(map(boom, ['x', 'y']))
    expect(await failed.get({ timeout }).catch((error: unknown) => error))
      .to.be.instanceOf(TaskError)
      .and.include({ message: 'Boom: x' })
    const unknown = await engine.client.applyAsync(map(signature('nobody.knows'), [1]))
    expect(await unknown.get({ timeout }).catch((error: unknown) => error))
      .to.be.instanceOf(TaskError)
      .and.include({ type: 'NotRegistered' })
  })

  it('are Celery’s own, and do not show what must not be shown', async () => {
    await engine.client.applyAsync(map(secret, ['13800000000']))
    const raw = (await engine.redis.lpopBuffer(engine.keys.list('celery'))) ?? expect.fail('there is none')
    const { args, kwargs } = readBody(decodeMessage(raw))
    expect(args).to.deep.equal([])
    expect(kwargs).to.deep.include({ it: ['13800000000'] })
    expect(kwargs['task']).to.include({ task: 'canvas.secret' })
    const { headers } = JSON.parse(String(raw)) as { headers: object }
    expect(headers).to.include({ task: 'celery.map', argsrepr: '()', kwargsrepr: '{...}' })
  })

  it('are refused with arguments that are there already, or no size', () => {
    expect(() => map(signature('x', [1]), [2])).to.throw('x: expected a signature without arguments')
    expect(() => chunks(add, [[1, 2]], 0)).to.throw('chunks: expected a size of 1 or more, came 0')
  })

  describe('and a task that is replaced', () => {
    it('has the result of what takes its place, and what was to come after it comes after that', async () => {
      await engine.worker.start()
      const alone = await engine.client.applyAsync(twice.s(3, 'chain'))
      expect(await alone.get({ timeout })).to.equal(12)
      const inChain = await engine.client.applyAsync(chain(add.s(1, 2), twice.s('chain'), double.s()))
      expect(await inChain.get({ timeout })).to.equal(24)
      expect(await inChain.parent?.get({ timeout })).to.equal(12)
      const grouped = await engine.client.applyAsync(chain(twice.s(3, 'group'), signature('canvas.list')))
      expect(await grouped.get({ timeout })).to.deep.equal([6, 6])
    })

    it('counts in its chord when what takes its place has ended', async () => {
      await engine.worker.start()
      const header = [twice.s(1, 'chain'), add.s(1, 1), twice.s(2, 'chord')]
      const result = await engine.client.applyAsync(chord(header, signature('canvas.list')))
      expect(await result.get({ timeout })).to.deep.equal([4, 2, 8])
    })

    it('is told of errors as it was to be', async () => {
      await engine.worker.start()
      const result = await engine.client.applyAsync(
        twice.s(1, 'boom').linkError(signature('canvas.list', ['told'], {}, { taskId: 'told' })),
      )
      expect(await result.get({ timeout }).catch((error: unknown) => error)).to.include({ type: 'Boom' })
      expect(await engine.client.asyncResult('told').get({ timeout })).to.equal(result.id)
    })

    it('is not replaced by what has an id of its own', async () => {
      await engine.worker.start()
      const result = await engine.client.applyAsync(twice.s(1, 'id'))
      const error = await result.get({ timeout }).catch((thrown: unknown) => thrown)
      expect(String(error)).to.include('replace: expected a signature without an id')
    })
  })
})
