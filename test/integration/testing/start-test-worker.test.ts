import { expect } from 'chai'
import { threadId } from 'node:worker_threads'
import { chord, group } from '../../../src/engine/canvas/canvas.ts'
import { defineTask, type TaskDefinition } from '../../../src/engine/task.ts'
import {
  startEmbeddedRedis,
  startTestWorker,
  type TestRedis,
  type TestWorker,
  type TestWorkerOptions,
} from '../../../src/testing/index.ts'
import { add, double, exits, sum } from '../../fixtures/tasks/canvas.ts'
import { spinOnce, where } from '../../fixtures/tasks/faults.ts'

type Tasks = TestWorkerOptions<Record<string, TaskDefinition<never>>>['tasks']

const seen: string[] = []
const note = defineTask('worker.note', {}, (context, text: string) => {
  seen.push(text)
  return [String(context.settings['place']), threadId]
})

describe("a test's own worker", function () {
  this.timeout(60_000)
  let redis: TestRedis

  before(async () => {
    redis = await startEmbeddedRedis()
  })
  after(() => redis.stop())
  const workers: AsyncDisposable[] = []
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker[Symbol.asyncDispose]()
  })

  /** A worker that goes with its test. */
  async function start<Given extends Tasks>(
    options: Omit<TestWorkerOptions<Given>, 'redis'>,
  ): Promise<TestWorker<Given>> {
    const worker = await startTestWorker({ redis, ...options })
    workers.push(worker)
    return worker
  }

  it('runs tasks of the test itself, in its own thread', async () => {
    const worker = await start({ tasks: { note, add, double, sum }, settings: { place: 'here' } })
    const { client, tasks } = worker
    expect(await (await tasks.note.delay('hello')).get({ timeout: 10 })).to.deep.equal(['here', threadId])
    expect(seen).to.deep.equal(['hello'])
    const result = await client.applyAsync(chord(group(add.s(1, 2), double.s(4)), sum.s()))
    expect(await result.get({ timeout: 10 })).to.equal(11)
    await Promise.all([worker.stop(), worker.stop()])
  })

  it('runs task files in threads, which it can end', async () => {
    const files = ['test/fixtures/tasks/faults.ts', 'test/fixtures/tasks/canvas.ts']
    const worker = await start({ database: 1, tasks: { spinOnce, where }, files })
    expect(await (await worker.tasks.where.delay(0)).get({ timeout: 10 })).to.be.greaterThan(threadId)
    const spinning = await worker.tasks.spinOnce.applyAsync([], { timeLimit: 0.2 })
    const error = await spinning.get({ timeout: 10 }).catch((thrown: unknown) => thrown)
    expect(error).to.include({ type: 'TimeLimitExceeded' })
  })

  it('takes from its queues alone, and leaves the rest', async () => {
    const first = await start({ database: 2, tasks: { note }, queues: ['one'] })
    const other = await first.client.send('worker.note', ['for two'], { queue: 'two' })
    expect(await (await first.tasks.note.delay('for one')).get({ timeout: 10 })).to.be.an('array')
    expect(await other.state()).to.equal('PENDING')
    await first.stop()
    const second = await start({ database: 2, tasks: { note }, queues: ['two'] })
    await second.client.asyncResult(other.id).get({ timeout: 10 })
    expect(seen.slice(1)).to.deep.equal(['for one', 'for two'])
  })

  it('says what is wrong with what it is given', async () => {
    const files = ['test/fixtures/tasks/faults.ts']
    const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)
    expect(await failure(startTestWorker({ redis, tasks: { exits }, files }))).to.include({
      code: 'TASK_UNKNOWN',
      message: 'startTestWorker: no task named canvas.exits is in test/fixtures/tasks/faults.ts',
    })
    expect(await failure(startTestWorker({ redis, tasks: {}, files: ['nowhere'] }))).to.include({
      code: 'TASK_FILE_MISSING',
    })
    expect(
      await failure(startTestWorker({ redis: { socketPath: '/nowhere/redis.sock' }, tasks: { note } })),
    ).to.include({
      code: 'NOT_READY',
    })
  })
})
