import { expect } from 'chai'
import { chain, chord, chunks, group, map, signature, TaskError, type AsyncResult } from '../../src/engine/index.ts'
import { add, away, boom, double, list, sum } from '../fixtures/tasks/canvas.ts'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { InteropLab } from './interop-lab.ts'

const timeout = 20

/** Tasks in Python, on a queue of their own; those of this side are known there by their names. */
const source = `
from celery import chain, chord, group, signature
from celery.canvas import chunks, xmap, xstarmap
app.conf.task_routes = {'py.*': {'queue': 'py'}}

@app.task(name='py.add')
def add(a, b):
    return a + b

@app.task(name='py.total')
def total(values):
    return sum(values)

@app.task(name='py.boom')
def boom(*args):
    raise ValueError('broken there')

@app.task(name='py.noted')
def noted(task_id):
    app.backend.client.rpush('noted', task_id)

@app.task(name='py.replaced', bind=True)
def replaced(self, value):
    return self.replace(node('double', value))

def there(task, *args):
    return task.s(*args).set(queue='py')

def node(name, *args, **options):
    return signature('canvas.' + name, args=args, queue='celery', **options)
`

/** Needs a real Celery on this machine. */
describe('a canvas between this engine and Celery', function () {
  this.timeout(120_000)
  const lab = new InteropLab(source, { tasks: ['test/fixtures/tasks/canvas.ts'] })
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
    await Promise.all([engine.worker.start(), app.startWorker({ queues: ['py'], concurrency: 2, pool: 'threads' })])
  })
  after(() => lab.close())
  beforeEach(async () => {
    // Celery leaves those of a chord that has failed until they lapse.
    const chords = await engine.redis.keys('celery-taskset-meta-*')
    await engine.redis.del('noted', ...chords)
  })

  const py = <Result = number>(name: string, ...args: unknown[]) =>
    signature<Result>(`py.${name}`, args, {}, { queue: 'py' })
  const home = { queue: 'celery' }

  async function errorOf(result: AsyncResult): Promise<TaskError> {
    const error = await result.get({ timeout }).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(TaskError)
    return error as TaskError
  }
  async function noted(...ids: (string | undefined)[]): Promise<void> {
    await eventually(async () => expect(await engine.redis.lrange('noted', 0, -1)).to.deep.equal(ids))
  }
  async function expectNoChords(): Promise<void> {
    await eventually(async () => expect(await engine.redis.keys('celery-taskset-meta-*')).to.deep.equal([]))
  }

  describe('sent from here', () => {
    it('a chain goes to Python and back', async () => {
      const result = await engine.client.applyAsync(
        chain(add.s(1, 2), py('add', 10), double.s().set(home), py('add', 1)),
      )
      expect(await result.get({ timeout })).to.equal(27)
      expect(await result.parent?.get({ timeout })).to.equal(26)
    })

    it('a group runs there', async () => {
      const result = await engine.client.applyAsync(group(py('add', 1, 2), add.s(3, 4).set(home), py('add', 5, 6)))
      expect(await result.get({ timeout })).to.deep.equal([3, 7, 11])
    })

    it('a chord has members on both sides, and its body on either', async () => {
      const header = Array.from({ length: 10 }, (_value, index) =>
        index % 2 === 0 ? py('add', index, 1) : add.s(index, 1).set(home),
      )
      const [here, there] = await Promise.all([
        engine.client.applyAsync(chord(header, list.s().set(home))),
        engine.client.applyAsync(chord(header, py('total'))),
      ])
      expect(await here.get({ timeout })).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(await there.get({ timeout })).to.equal(55)
      await expectNoChords()
    })

    it('a chord in a chain that crosses', async () => {
      const steps = chain(py('add', 1, 1), group(py('add', 1), double.s().set(home)), sum.s().set(home), py('add', 3))
      expect(await (await engine.client.applyAsync(steps)).get({ timeout })).to.equal(10)
      await expectNoChords()
    })

    it('many calls in one message run there', async () => {
      const mapped = await engine.client.applyAsync(
        map(py('total'), [
          [1, 2],
          [3, 4],
        ]).set({ queue: 'py' }),
      )
      expect(await mapped.get({ timeout })).to.deep.equal([3, 7])
      const parts = await engine.client.applyAsync(
        chunks(
          py('add'),
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          2,
        ).set({ queue: 'py' }),
      )
      expect(await parts.get({ timeout })).to.deep.equal([[3, 7], [11]])
    })

    it('a task is replaced there by one from here, and here by one from there', async () => {
      const [there, here] = await Promise.all([
        engine.client.applyAsync(chain(py('replaced', 3), add.s(1).set(home))),
        engine.client.applyAsync(chain(away.s(3).set(home), py('add', 1))),
      ])
      expect(await there.get({ timeout })).to.equal(7)
      expect(await here.get({ timeout })).to.equal(5)
    })

    it('an error there ends the chain, and is told here and there', async () => {
      const result = await engine.client.applyAsync(
        chain(add.s(1, 2), py('boom').linkError(py('noted')), double.s().set(home)),
      )
      const error = await errorOf(result)
      expect(error).to.include({ type: 'ValueError', message: 'ValueError: broken there' })
      expect(error.traceback).to.include('Traceback')
      await noted(result.parent?.id)
    })

    for (const side of ['here', 'there'] as const) {
      it(`a member that fails ${side} fails the chord, wherever the last one ends`, async () => {
        const failing = side === 'here' ? boom.s('broken').set(home) : py('boom', 1)
        const body = py('total').linkError(py('noted'))
        const result = await engine.client.applyAsync(chord([failing, py('add', 1, 2), add.s(1, 2).set(home)], body))
        const error = await errorOf(result)
        expect(error).to.include({ type: 'ChordError', state: 'FAILURE' })
        expect(error.message).to.match(/Dependency .* raised (Boom\('broken'\)|ValueError\('broken there'\))/)
        await noted(result.id)
      })
    }
  })

  it('a chord that fails there fails a body of several tasks, and tells who asked of it', async () => {
    const body = chain(py('total'), double.s().set(home)).linkError(py('noted'))
    const result = await engine.client.applyAsync(chord([py('boom', 1), py('add', 1, 2)], body))
    expect(await errorOf(result)).to.include({ type: 'ChordError', state: 'FAILURE' })
    await noted(result.id)
  })

  describe('sent from Python', () => {
    it('chains, groups, chords and links run here, and Celery’s client sees their results', async () => {
      const answer = await app.run(`
steps = chain(node('add', 1, 2), node('double'), there(add, 10))
result = steps.apply_async()
answer = {'chain': result.get(timeout=20), 'parents': [result.parent.get(timeout=5), result.parent.parent.get(timeout=5)]}
answer['children'] = [child.id for child in result.parent.parent.children] == [result.parent.id]
answer['walked'] = [value for _, value in result.parent.parent.collect()]
parts = group(node('add', index, index) for index in range(5)).apply_async()
answer['group'] = parts.get(timeout=20)
answer['chord'] = chord([node('add', index, index) for index in range(5)], node('sum')).apply_async().get(timeout=20)
answer['mixed'] = chord([node('add', 1, 1), there(add, 2, 2), node('add', 3, 3)], there(total)).apply_async().get(timeout=20)
answer['body chain'] = chord([node('add', 1, 1), there(add, 2, 2)], chain(node('sum'), there(add, 1), node('double'))).apply_async().get(timeout=20)
answer['middle'] = chain(there(add, 1, 1), group(node('double'), there(add, 1)), node('sum')).apply_async().get(timeout=20)
answer['nested'] = chord([chain(node('add', 1, 2), group(node('double'), node('add', 1))), node('add', 1, 1)], node('list')).apply_async().get(timeout=20)
answer['outer'] = chord([chord([node('add', 1, 2), there(add, 3, 4)], node('sum')), node('add', 1, 1)], node('list')).apply_async().get(timeout=20)
answer['map'] = xmap(node('double'), [1, 2]).apply_async(queue='celery').get(timeout=20)
answer['starmap'] = xstarmap(node('add'), [(1, 2), (3, 4)]).apply_async(queue='celery').get(timeout=20)
answer['chunks'] = chunks(node('add'), [(1, 2), (3, 4), (5, 6)], 2).apply_async(queue='celery').get(timeout=20)
linked = node('add', 1, 2).apply_async(link=there(noted), queue='celery')
linked.get(timeout=20)
`)
      expect(answer).to.deep.equal({
        chain: 16,
        parents: [6, 3],
        children: true,
        walked: [3, 6, 16],
        group: [0, 2, 4, 6, 8],
        chord: 20,
        mixed: 12,
        'body chain': 14,
        middle: 7,
        nested: [[6, 4], 2],
        outer: [10, 2],
        map: [2, 4],
        starmap: [3, 7],
        chunks: [[3, 7], [11]],
      })
      await noted('3')
    })

    it('errors here end chains and chords there, and are told', async () => {
      const answer = (await app.run(`
answer = {}
failing = chain(node('boom', 'here'), there(add, 1)).apply_async(link_error=there(noted))
try:
    failing.get(timeout=20)
except Exception as error:
    answer['chain'] = [type(error).__name__, str(error)]
answer['told'] = failing.parent.id
body = there(total)
body.link_error(there(noted))
joined = chord([node('boom', 'here'), there(add, 1, 1), node('add', 1, 1)], body).apply_async()
error = joined.get(timeout=20, propagate=False)
answer['chord'] = [type(error).__name__, 'Boom' in str(error)]
answer['body'] = joined.id
`)) as { chain: unknown; chord: unknown; told: string; body: string }
      expect(answer.chain).to.deep.equal(['Boom', 'here'])
      expect(answer.chord).to.deep.equal(['ChordError', true])
      await noted(answer.told, answer.body)
    })
  })
})
