import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { lockFolder } from '../../src/redis/embedded-control.ts'
import { acquireLock } from '../../src/redis/lock-file.ts'
import { createBrowser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { FreezableProxy } from '../support/freezable-proxy.ts'
import { backAgainMs, goes, isBack, notAnswered, OutageWatch, redisGoes, redisIsBack } from '../support/outage.ts'
import { RestartableRedis, slowLoading } from '../support/restartable-redis.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectOk, newMobile, readCaptcha } from './journey.ts'
import { goThrough, type Outage } from './outage-journey.ts'
import { resultOf, sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

const everyPart = (cause: RegExp) => ({ broker: cause, sessions: cause, codes: cause })
const silent = everyPart(notAnswered)
const gone = everyPart(/ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|closed by the server|the connection was lost/)

/** Most that the process may grow during an outage, in bytes. */
const growthBytes = 30 * 1024 * 1024

/** One that nobody was given. */
const noCaptcha = () => ({ id: randomUUID(), text: 'AAAA' })

describe('Redis goes away, and comes back', function () {
  this.timeout(40_000)
  let tasks: TaskFolder
  let service: Service
  let codes: Redis
  let broker: Redis

  before(() => {
    tasks = makeTaskFolder()
  })
  after(() => tasks.remove())

  /** Starts `lovage serve` with one slot. */
  async function serve(env: Record<string, string> = {}): Promise<Service> {
    return startService({ args: ['-A', 'proj,gated', '-c', '1', '-l', 'debug'], cwd: tasks.path, env })
  }

  const go = (outage: Outage): Promise<void> => goThrough({ service, codes, broker, folder: tasks.path }, outage)

  describe('the embedded one', () => {
    before(async () => {
      service = await serve()
      codes = service.redis(databases.codes)
      broker = service.redis(databases.broker)
    })
    after(() => service?.stop())

    const signal = (name: NodeJS.Signals) => process.kill(embeddedRedisPid(service.dataDir) ?? NaN, name)

    it('killed', async () => {
      // Nobody can start it again while this is held: time to look.
      const lock = await acquireLock(lockFolder(join(service.dataDir, 'redis')), { timeoutMs: 1_000 })
      await go({
        goAway: async () => signal('SIGKILL'),
        causes: gone,
        comeBack: () => lock.release(),
        lines: [goes, 'embedded Redis started', isBack],
      })
    })

    it('stopped', async () => {
      await go({
        goAway: async () => signal('SIGSTOP'),
        causes: silent,
        comeBack: async () => signal('SIGCONT'),
      })
    })
  })

  describe('one behind a network', () => {
    let redis: RestartableRedis
    let proxy: FreezableProxy
    let admin: Redis

    before(async () => {
      redis = await RestartableRedis.start()
      proxy = await FreezableProxy.start({ host: '127.0.0.1', port: redis.port })
      service = await serve({ REDIS_URL: proxy.url })
      admin = redis.client(0)
      codes = redis.client(databases.codes)
      broker = redis.client(databases.broker)
    })
    after(async () => {
      await service?.stop()
      await proxy?.stop()
      await redis?.stop()
    })
    // One that fails must not take the others along.
    afterEach(async () => {
      proxy.thaw({ deliver: true })
      await admin.call('REPLICAOF', 'NO', 'ONE')
      await admin.config('SET', 'maxmemory', '0')
    })

    it('unreachable, for long, while many requests come: memory stays flat', async () => {
      let before = 0
      await go({
        goAway: async () => {
          // It takes what it needs for so many requests.
          expect(Object.keys(await new OutageWatch(service).hammer(2_000))).to.deep.equal(['400'])
          before = new OutageWatch(service).residentBytes()
          proxy.freeze()
        },
        causes: silent,
        meanwhile: async (watch) => {
          const counts = await watch.hammer(5_500)
          expect(Object.keys(counts)).to.deep.equal(['503'])
          expect(watch.residentBytes() - before).to.be.lessThan(growthBytes)
        },
        comeBack: async () => proxy.thaw(),
      })
    })

    it('unreachable for a moment only, with what was under way lost', async () => {
      const watch = new OutageWatch(service)
      proxy.freeze()
      await watch.isNotReady(silent)
      proxy.thaw()
      const since = performance.now()
      const id = await sendAsCelery(broker, 'proj.add', [3, 4])
      expect(await resultOf(broker, id, backAgainMs)).to.include({ status: 'SUCCESS', result: 7 })
      await watch.isReady(since)
      await watch.expectLines([goes, isBack])
    })

    const moments: [what: string, text: string][] = [
      ['when the flag is raised', 'send_flag_'],
      ['when the task is sent', 'ccp_send_sms_code'],
    ]
    for (const [what, text] of moments) {
      it(`unreachable in the middle of a request, ${what}: 503, and the mobile is free to ask again`, async () => {
        const browser = createBrowser(service.url)
        const mobile = newMobile()
        const captcha = await readCaptcha(codes, browser)
        const watch = new OutageWatch(service)
        void proxy.freezeAt(text)
        expect((await watch.postSmsCode(mobile, captcha)).status).to.equal(503)
        proxy.thaw()
        await watch.isReady(performance.now())
        await eventually(async () => expect(await codes.exists(`send_flag_${mobile}`, `sms_${mobile}`)).to.equal(0))
        expectOk(await askForCode(codes, browser, mobile))
      })
    }

    it('read-only', async () => {
      await go({
        goAway: () => admin.replicaof('127.0.0.1', 1),
        causes: everyPart(/^READONLY /),
        comeBack: () => admin.call('REPLICAOF', 'NO', 'ONE'),
      })
    })

    it('read-only while there is nothing to do, which is when a worker only looks', async () => {
      const watch = new OutageWatch(service)
      await admin.replicaof('127.0.0.1', 1)
      await watch.isNotReady(everyPart(/^READONLY /))
      expect(Object.keys(await watch.hammer(1_000))).to.deep.equal(['503'])
      await admin.call('REPLICAOF', 'NO', 'ONE')
      const id = await sendAsCelery(broker, 'proj.add', [3, 4])
      expect(await resultOf(broker, id, backAgainMs)).to.include({ status: 'SUCCESS' })
      await watch.expectLines([goes, isBack])
    })

    it('out of memory', async () => {
      await go({
        goAway: () => admin.config('SET', 'maxmemory', '1'),
        causes: everyPart(/^OOM /),
        comeBack: () => admin.config('SET', 'maxmemory', '0'),
        // Tasks are still taken, so it is not the worker that tells.
        lines: [redisGoes, redisIsBack],
      })
    })

    it('killed, and loading its data when it is there again', async () => {
      await admin.mset(Array.from({ length: 3_000 }, (_, index) => [`key:${index}`, 'value']).flat())
      await admin.bgrewriteaof()
      await eventually(async () => expect(await admin.info('persistence')).to.contain('aof_rewrite_in_progress:0'))
      await go({
        goAway: () => redis.kill(),
        causes: gone,
        meanwhile: async (watch) => {
          redis.launch(slowLoading(500))
          await watch.isNotReady(everyPart(/^LOADING /))
          expect((await watch.postSmsCode(newMobile(), noCaptcha())).status).to.equal(503)
        },
        comeBack: () => redis.answers(),
      })
    })

    it('without its scripts: nobody notices', async () => {
      const watch = new OutageWatch(service)
      const ids: string[] = []
      for (let round = 0; round < 5; round += 1) {
        for (let number = 0; number < 5; number += 1) ids.push(await sendAsCelery(broker, 'proj.add', [round, number]))
        await admin.script('FLUSH')
        const mobile = newMobile()
        expectOk(await askForCode(codes, createBrowser(service.url), mobile))
        expect((await createBrowser(service.url).get('/readyz')).status).to.equal(200)
      }
      for (const id of ids) expect(await resultOf(broker, id)).to.include({ status: 'SUCCESS' })
      await watch.expectLines([])
    })
  })
})
