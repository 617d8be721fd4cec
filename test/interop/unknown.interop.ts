import { expect } from 'chai'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { InteropLab } from './interop-lab.ts'

/** Celery knows all tasks of the queue, this side one of them. */
const source = `
app.conf.accept_content = ['json', 'yaml']

@app.task(name='test.add')
def add(a, b):
    return a + b

@app.task(name='py.double')
def double(value):
    return 2 * value

@app.task(name='py.members', serializer='yaml')
def members(values):
    return len(values)
`

/** Needs a real Celery on this machine. */
describe('a queue with tasks that only Celery knows', function () {
  this.timeout(180_000)
  const lab = new InteropLab(source, { parkUnknown: false, concurrency: 2 })
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
    await Promise.all([engine.worker.start(), app.startWorker({ concurrency: 2, pool: 'threads' })])
  })
  after(() => lab.close())

  it('all of them run, in whatever form they come, and those of both sides run on both', async () => {
    const sent = (await app.run(`
answer = []
for number in range(100):
    answer.append([add.delay(number, 1).id, number + 1])
    answer.append([double.delay(number).id, 2 * number])
    answer.append([members.delay([number, 'x']).id, 2])
`)) as [id: string, expected: number][]
    expect(sent).to.have.length(300)
    const results = await Promise.all(sent.map(([id]) => engine.client.asyncResult(id).get({ timeout: 60 })))
    expect(results).to.deep.equal(sent.map(([, expected]) => expected))
    expect(engine.worker.activity.leftForOthers).to.be.greaterThan(0)
    expect(await engine.redis.exists('lovage:unknown:celery', 'lovage:unreadable:celery')).to.equal(0)
  })

  it('one that this process sends itself goes to a Celery worker that waits', async () => {
    const result = await engine.client.send('py.double', [21])
    expect(await result.get({ timeout: 30 })).to.equal(42)
  })
})
