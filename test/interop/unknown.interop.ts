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
    const answer = (await app.run(`
sent = []
for number in range(100):
    sent.append((add.delay(number, 1), number + 1))
    sent.append((double.delay(number), 2 * number))
    sent.append((members.delay([number, 'x']), 2))
answer = [[result.get(timeout=25), expected] for result, expected in sent]
`)) as [unknown, unknown][]
    expect(answer).to.have.length(300)
    expect(answer.filter(([came, expected]) => came !== expected)).to.deep.equal([])
    expect(engine.worker.activity.leftForOthers).to.be.greaterThan(0)
    expect(await engine.redis.exists('lovage:unknown:celery', 'lovage:unreadable:celery')).to.equal(0)
  })

  it('one that this process sends itself goes to a Celery worker that waits', async () => {
    const result = await engine.client.send('py.double', [21])
    expect(await result.get({ timeout: 30 })).to.equal(42)
  })
})
