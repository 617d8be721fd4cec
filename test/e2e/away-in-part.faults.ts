import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { backAgainMs, goes, isBack, notAnswered, OutageWatch, redisGoes, redisIsBack } from '../support/outage.ts'
import { RestartableRedis } from '../support/restartable-redis.ts'
import { startService, type Service } from '../support/service.ts'
import { databases, newMobile } from './journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

/** A captcha that nobody was given. */
const noCaptcha = () => ({ id: randomUUID(), text: 'AAAA' })

describe('a Redis of one part goes away, and comes back', function () {
  this.timeout(40_000)
  let tasks: TaskFolder
  let service: Service
  let broker: Redis

  before(() => {
    tasks = makeTaskFolder()
  })
  after(() => tasks.remove())

  describe('that of sessions and codes alone', () => {
    let server: RestartableRedis
    let admin: Redis

    before(async () => {
      server = await RestartableRedis.start()
      admin = server.client(0)
      const env = { SESSION_REDIS_URL: server.url, CODES_REDIS_URL: server.url }
      service = await startService({ args: ['-A', 'proj', '-c', '1'], cwd: tasks.path, env })
      broker = service.redis(databases.broker)
    })
    after(async () => {
      await service?.stop()
      await server?.stop()
    })

    const cases: [what: string, goAway: () => unknown, cause: RegExp, comeBack: () => unknown][] = [
      ['stopped', () => server.signal('SIGSTOP'), notAnswered, () => server.signal('SIGCONT')],
      ['read-only', () => admin.replicaof('127.0.0.1', 1), /^READONLY /, () => admin.call('REPLICAOF', 'NO', 'ONE')],
    ]
    for (const [what, goAway, cause, comeBack] of cases) {
      it(`${what}: one line when it goes and one when it is back, for both, while tasks are taken`, async () => {
        const watch = new OutageWatch(service)
        try {
          await goAway()
          await watch.isNotReady({ sessions: cause, codes: cause })
          expect((await watch.postSmsCode(newMobile(), noCaptcha())).status).to.equal(503)
          const id = await sendAsCelery(broker, 'proj.add', [5, 6])
          expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS' })
          await watch.expectLines([redisGoes])
        } finally {
          await comeBack()
        }
        await watch.isReady(performance.now())
        await watch.expectLines([redisGoes, redisIsBack])
      })
    }
  })

  describe("a worker's", () => {
    let redis: RestartableRedis

    before(async () => {
      redis = await RestartableRedis.start()
      const args = ['-A', 'proj', '-c', '1']
      service = await startService({ command: 'worker', args, cwd: tasks.path, env: { REDIS_URL: redis.url } })
      broker = redis.client(databases.broker)
      // Remote control that has not begun to listen says so by itself.
      await eventually(async () => expect(await broker.call('PUBSUB', 'CHANNELS', '*pidbox*')).not.to.deep.equal([]))
    })
    after(async () => {
      await service?.stop()
      await redis?.stop()
    })

    it('killed, then stopped: two lines each time, and tasks are taken again', async () => {
      for (const name of ['SIGKILL', 'SIGSTOP'] as const) {
        const watch = new OutageWatch(service)
        redis.signal(name)
        await service.printed.until(() => watch.lines()[0], goes)
        if (name === 'SIGKILL') redis.launch()
        else redis.signal('SIGCONT')
        await redis.answers()
        const id = await sendAsCelery(broker, 'proj.add', [7, 8])
        expect(await resultOf(broker, id, backAgainMs)).to.include({ status: 'SUCCESS', result: 15 })
        await watch.expectLines([goes, isBack])
      }
    })
  })
})
