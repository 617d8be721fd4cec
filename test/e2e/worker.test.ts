import { expect } from 'chai'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { Redis } from 'ioredis'
import { startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import { databases } from './journey.ts'
import { expectMessages, resultOf, sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

describe('lovage worker with task files of a user', function () {
  this.timeout(60_000)
  let folder: TaskFolder
  let worker: Service
  let server: RedisServer | undefined

  before(() => {
    folder = makeTaskFolder()
  })
  after(() => folder.remove())
  afterEach(async () => {
    await worker?.stop()
    await server?.stop()
  })

  const bannerLine = (name: string) => new RegExp(`^  ${name}: +(.*)$`, 'm').exec(worker.output())?.[1]

  it('needs less memory with --low-memory', async () => {
    const most = async (...args: string[]): Promise<number> => {
      worker = await startService({ command: 'worker', args: ['-A', 'churn', '-P', 'solo', ...args], cwd: folder.path })
      const broker = worker.redis(databases.broker)
      const { result } = await resultOf(broker, await sendAsCelery(broker, 'churn.most'), 30_000)
      await worker.stop()
      return Number(result)
    }
    expect(await most('--low-memory')).to.be.lessThan((await most()) * 0.8)
  })

  const pools = [
    { name: 'threads', concurrency: '2 (threads)' },
    { name: 'prefork', concurrency: '2 (threads)' },
    { name: 'async', concurrency: '2 (async)' },
    { name: 'gevent', concurrency: '2 (async)' },
    { name: 'solo', concurrency: '1 (solo)' },
  ]
  for (const { name, concurrency } of pools) {
    it(`runs what a Celery client sends, with -P ${name}`, async () => {
      const slots = name === 'solo' ? [] : ['-c', '2']
      worker = await startService({
        command: 'worker',
        argsBefore: ['-A', 'proj'],
        args: ['-P', name, ...slots, '-l', 'WARNING'],
        cwd: folder.path,
      })
      expect(bannerLine('concurrency')).to.equal(concurrency)
      expect(bannerLine('tasks')).to.equal('proj.add, proj.boom, proj.greet')
      const broker = worker.redis(databases.broker)
      const sum = await sendAsCelery(broker, 'proj.add', [2, 3])
      const greeting = await sendAsCelery(broker, 'proj.greet', [{ name: '世界' }])
      const failure = await sendAsCelery(broker, 'proj.boom')
      expect(await resultOf(broker, sum)).to.include({ status: 'SUCCESS', result: 5, task_id: sum })
      expect(await resultOf(broker, greeting)).to.include({ status: 'SUCCESS', result: 'hello 世界' })
      expect(await resultOf(broker, failure)).to.have.nested.include({
        status: 'FAILURE',
        'result.exc_type': 'RangeError',
        'result.exc_message[0]': 'too far',
      })
      await expectMessages(broker, { waiting: 0, claimed: 0 })
      expect(worker.printed.log().map(({ msg }) => msg))
        .to.include('task failed')
        .and.not.include('task succeeded')
    })
  }

  it('takes tasks from the queues of -Q alone, under the name of -n', async () => {
    worker = await startService({
      command: 'worker',
      args: ['-A', 'proj.arithmetic', '-Q', 'mail,reports', '-n', 'worker1@here', '-c', '1'],
      cwd: folder.path,
    })
    expect(worker.output()).to.match(/^lovage \S+ on worker1@here$/m)
    expect(bannerLine('tasks')).to.equal('proj.add, proj.boom')
    expect(bannerLine('queues')).to.equal('mail, reports')
    const broker = worker.redis(databases.broker)
    expect(await broker.smembers('_kombu.binding.mail')).to.deep.equal(['mail\x06\x16\x06\x16mail'])
    await sendAsCelery(broker, 'proj.add', [1, 1])
    for (const queue of ['mail', 'reports', 'reports\x06\x169', 'mail\x06\x163']) {
      const id = await sendAsCelery(broker, 'proj.add', [1, 2], queue)
      expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS', result: 3 })
    }
    await expectMessages(broker, { waiting: 1, claimed: 0 })
    const [member = ''] = await broker.smembers('lovage:nodes')
    expect(JSON.parse(member)).to.include('worker1@here')
  })

  it('uses the Redis of -b, and the one of --result-backend for results', async () => {
    const port = await freePort()
    server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    const url = `redis://127.0.0.1:${port}`
    worker = await startService({
      command: 'worker',
      args: ['-A', 'proj', '-b', `${url}/3`, '--result-backend', `${url}/4`],
      cwd: folder.path,
    })
    // That Redis keeps nothing on disk, and people are told.
    expect(bannerLine('broker')).to.include(`${url}/3 (no append-only file`)
    expect(bannerLine('results')).to.include(`${url}/4`)
    const broker = new Redis({ path: server.socketPath, db: 3 })
    const results = new Redis({ path: server.socketPath, db: 4 })
    try {
      const id = await sendAsCelery(broker, 'proj.add', [20, 3])
      expect(await resultOf(results, id)).to.include({ status: 'SUCCESS', result: 23 })
      await expectMessages(broker, { waiting: 0, claimed: 0 })
    } finally {
      broker.disconnect()
      results.disconnect()
    }
  })
})
