import { expect } from 'chai'
import { TaskError } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('where a task was at its soft time limit', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const limits = { softTimeLimit: 0.25, timeLimit: 0.8 }

  it('is in the traceback and the dead letter: the spinning function, its file, and a CPU profile beside', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.spinOnce', [], limits))
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'TimeLimitExceeded' })
    const [dead] = await engine.aside('dead')
    for (const text of [(error as TaskError).traceback, dead?.note['stack']]) {
      expect(text).to.match(/Where the thread was at the soft time limit:\n +at spinsHere \(.*faults\.ts:\d+:\d+\)/)
    }
    const set = engine.keys.aside('dead', 'celery')
    const [entry = ''] = await engine.redis.zrange(set, '0', '-1')
    const profile = JSON.parse((await engine.redis.get(`${set}:p:${entry}`)) ?? 'null') as Record<string, unknown>
    expect(profile).to.have.property('nodes').that.is.an('array').and.not.empty
    expect(profile).to.have.property('samples').that.is.an('array').and.not.empty
    expect(JSON.stringify(profile['nodes'])).to.include('spinsHere')
    expect(await engine.redis.pttl(`${set}:p:${entry}`), 'it goes with the dead letter').to.be.greaterThan(0)
  })

  it('is told already while the task waits for another try', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.spin', [lab.notebook], limits)
    await eventually(async () => expect(await sent.state()).to.equal('RETRY'))
    expect((await engine.results.read(sent.id))?.traceback).to.include('spinsHere')
  })

  it('says that a thread only waited', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.held', [lab.notebook], { softTimeLimit: 0.25 }))
    expect(error).to.include({ type: 'SoftTimeLimitExceeded' })
    expect((error as TaskError).traceback).to.include('(the thread was waiting)')
  })

  it('stands beside the stack of what the task threw in the end', async () => {
    engine = await lab.worker()
    const error = await outcomeOf(engine.client.send('fault.bursts', [700], { softTimeLimit: 0.25 }))
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'RangeError' })
    const [own = '', found = ''] = (error as TaskError).traceback?.split('Where the thread was') ?? []
    expect(own).to.match(/^RangeError: burst\n +at .*faults\.ts/)
    expect(found).to.match(/at computesHere \(.*faults\.ts/)
  })

  it('is not looked for in a task that ends well, though late', async () => {
    engine = await lab.worker()
    expect(await outcomeOf(engine.client.send('fault.compute', [lab.notebook, 500], limits))).to.equal(null)
    expect(await engine.aside('dead')).to.deep.equal([])
  })

  it('costs little where many reach their limit at one time', async () => {
    engine = await lab.worker({ pool: 'async', concurrency: 40 })
    await outcomeOf(engine.client.send('fault.where', [0]))
    const sent = await Promise.all(
      Array.from({ length: 40 }, () => engine.client.send('fault.obedient', [], { softTimeLimit: 1 })),
    )
    const since = performance.now()
    const outcomes = await Promise.all(sent.map((each) => outcomeOf(Promise.resolve(each), 12)))
    expect(performance.now() - since, 'milliseconds until the last one had ended').to.be.lessThan(4_000)
    for (const outcome of outcomes) expect(outcome).to.include({ type: 'SoftTimeLimitExceeded' })
  })
})
