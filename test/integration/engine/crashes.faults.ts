import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { TaskError } from '../../../src/engine/index.ts'
import type { TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { FaultLab, outcomeOf } from '../../support/fault-lab.ts'

describe('a task that ends its thread', () => {
  const lab = new FaultLab()
  let engine: TestEngine

  before(() => lab.open())
  after(() => lab.close())
  beforeEach(() => lab.next())
  afterEach(() => lab.end())

  const startsOf = (id: string): number => lab.notes().filter((line) => line.startsWith(`start ${id}`)).length

  for (const [how, said] of [
    ['exit', 'worker exited with code: 7'],
    ['timer', 'thrown in a timer'],
    ['rejection', 'nobody handles this'],
    ['heap', 'ERR_WORKER_OUT_OF_MEMORY'],
  ] as const) {
    it(`harms nobody on another thread, and is set aside after three times (${how})`, async () => {
      engine = await lab.worker(how === 'heap' ? { maxMemoryPerChild: 32 * 1024 } : {})
      const neighbour = await engine.client.send('fault.held', [lab.notebook])
      await eventually(() => expect(startsOf(neighbour.id)).to.equal(1))
      const crash = await engine.client.send('fault.crash', [lab.notebook, how])
      const error = await outcomeOf(Promise.resolve(crash))
      expect(error).to.be.instanceOf(TaskError).and.include({ type: 'WorkerLostError', state: 'FAILURE' })
      expect(String(error)).to.include('it ended its thread 3 times, the last time: ').and.include(said)
      expect(startsOf(crash.id)).to.equal(3)
      expect(await outcomeOf(engine.client.send('fault.where', [0])), 'its slot is free').to.be.a('number')
      writeFileSync(`${lab.notebook}.go`, '')
      expect(await neighbour.get({ timeout: 10 })).to.be.a('number')
      expect(startsOf(neighbour.id), 'ran once').to.equal(1)

      const [dead, ...more] = await engine.aside('dead')
      expect(more).to.deep.equal([])
      expect(dead?.note).to.include({ id: crash.id, error: 'WorkerLostError', retries: 0 })
      expect(dead?.note['reason']).to.include(said)
      const { headers } = JSON.parse(String(dead?.raw)) as { headers: Record<string, unknown> }
      expect(headers, 'crashes are counted apart from retries').to.include({ retries: 0, lovage_crashes: 2 })
    })
  }

  it('waits for its next turn with the count in its message', async () => {
    engine = await lab.worker()
    const sent = await engine.client.send('fault.crashOnce', [])
    await eventually(async () => expect(await sent.state()).to.equal('RETRY'))
    const [stored = ''] = await engine.redis.hvals(`${engine.keys.schedule('celery')}:m`)
    const { headers } = JSON.parse(stored.slice(stored.indexOf('\0') + 1)) as { headers: Record<string, unknown> }
    expect(headers).to.include({ id: sent.id, retries: 0, lovage_crashes: 1 })
  })

  it('is counted on by whichever process runs it next', async () => {
    engine = await lab.worker()
    const args = [lab.notebook, 'exit']
    const outgoing = { name: 'fault.crash', args, id: 'counted', queue: 'celery', sentAt: Date.now(), origin: 'test' }
    const message = JSON.parse(encodeMessage(outgoing)) as { headers: Record<string, unknown> }
    message.headers['lovage_crashes'] = 2
    await engine.redis.lpush(engine.keys.list('celery'), JSON.stringify(message))
    const error = await outcomeOf(Promise.resolve(engine.client.asyncResult('counted')))
    expect(String(error)).to.include('it ended its thread 3 times')
    expect(startsOf('counted')).to.equal(1)
  })

  it('is set aside at once where the settings say so', async () => {
    engine = await lab.worker({ limits: { maxCrashes: 1 } })
    const crash = await engine.client.send('fault.crash', [lab.notebook, 'exit'])
    expect(String(await outcomeOf(Promise.resolve(crash)))).to.include('it ended its thread 1 times')
    expect(startsOf(crash.id)).to.equal(1)
  })

  it('may do so after its task has ended: the thread is replaced before anybody needs it', async () => {
    engine = await lab.worker({ concurrency: 1 })
    const outcomes: unknown[] = []
    for (let round = 1; round <= 3; round += 1) {
      expect(await outcomeOf(engine.client.send('fault.exitsLater', [lab.notebook]))).to.equal(null)
      await eventually(() => expect(lab.notes()).to.have.length(round))
      // In the other pool: meanwhile the main thread hears of the end.
      await outcomeOf(engine.client.send('fault.among', [50]))
      outcomes.push(await outcomeOf(engine.client.send('fault.patient', [0], { timeLimit: 0.1 })))
    }
    expect(outcomes, 'the start of a thread is not counted as a task’s time').to.include('in time')
  })

  it('is run in a fresh thread the next time: it may have been what another one left in the first', async () => {
    engine = await lab.worker({ concurrency: 1 })
    // Whatever runs next in a mined thread is hit. Three times would make a dead letter of an innocent.
    await outcomeOf(engine.client.send('fault.mines', [lab.notebook]))
    const hit = await engine.client.send('fault.work', [lab.notebook, 300])
    await eventually(async () => expect(await hit.state()).to.equal('RETRY'))
    expect(await outcomeOf(engine.client.send('fault.mines', [lab.notebook]))).to.equal(null)
    expect(await outcomeOf(Promise.resolve(hit))).to.equal(300)
    expect(startsOf(hit.id)).to.equal(2)
  })
})
