import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { QueryTypes } from 'sequelize'
import { openDatabase } from '../../src/app/database.ts'
import { MemoryLog } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { embeddedRedisPid, projectRoot, startService, type Service } from '../support/service.ts'
import { databases } from './journey.ts'
import { sendAsCelery } from './queue.ts'
import { makeTaskFolder, type TaskFolder } from './task-files.ts'

/** What `/readyz` promises: false so soon after a cause, true so soon after its end, in milliseconds. */
const promisedMs = 5_000

const engine = pathToFileURL(join(projectRoot, 'dist/src/engine/task.js')).href

/** Tasks that end their thread, by themselves or at their limit; and one that loads in a thread only while a file is there. */
const fatal = (flag: string): string => `import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { defineTask } from '${engine}'
if (!isMainThread && !existsSync(${JSON.stringify(flag)})) throw new Error('not in this thread')
export const exits = defineTask('fatal.exits', { maxRetries: 0 }, () => process.exit(7))
export const hangs = defineTask('fatal.hangs', { maxRetries: 0, timeLimit: 0.1 }, () => { for (;;); })
export const add = defineTask('fatal.add', {}, (_context, a, b) => a + b)
`

/** Makes a Redis unwell, or well again. */
type Fault = (admin: Redis, dataDir: string) => Promise<unknown>

/** Has Redis save, and waits until it knows how that went. */
async function saves(admin: Redis, status: 'ok' | 'err'): Promise<void> {
  await admin.bgsave()
  await eventually(async () => expect(await admin.info('persistence')).to.contain(`rdb_last_bgsave_status:${status}`))
}

describe('/readyz', function () {
  this.timeout(90_000)
  let folder: TaskFolder
  let flag: string
  let service: Service | undefined

  before(() => {
    folder = makeTaskFolder()
    flag = join(folder.path, 'threads-may-start')
    mkdirSync(join(folder.path, 'fatal'))
    writeFileSync(flag, '')
    writeFileSync(join(folder.path, 'fatal/fatal.mjs'), fatal(flag))
  })
  after(() => folder.remove())
  afterEach(async () => {
    await service?.stop()
    service = undefined
  })

  const start = async (args: string[] = [], env: Record<string, string> = {}): Promise<Service> =>
    (service = await startService({ args, env: { METRICS_PORT: '0', ...env }, cwd: folder.path }))

  const causes = async ({ url }: Service): Promise<Record<string, string>> => {
    const answer = await fetch(`${url}/readyz`)
    const { causes: named = {} } = (await answer.json()) as { causes?: Record<string, string> }
    expect(answer.status).to.equal(Object.keys(named).length === 0 ? 200 : 503)
    return named
  }

  /** Waits until it is false for a cause, and checks that it was soon. */
  async function isFalse(of: Service, since: number, cause: string, words: RegExp): Promise<void> {
    await eventually(async () => expect((await causes(of))[cause]).to.match(words), {
      timeoutMs: promisedMs,
      what: `a 503 for ${cause}`,
    })
    expect(performance.now() - since, `false for ${cause}`).to.be.lessThan(promisedMs)
    expect((await fetch(`${of.url}/livez`)).status, 'and the process lives').to.equal(200)
  }

  /** Waits until it is true, and checks that it was soon. */
  async function isTrue(of: Service, since: number): Promise<void> {
    await eventually(async () => expect(await causes(of)).to.deep.equal({}), { timeoutMs: promisedMs, what: 'a 200' })
    expect(performance.now() - since, 'true').to.be.lessThan(promisedMs)
  }

  it('is false while Redis hangs', async () => {
    const one = await start()
    const pid = embeddedRedisPid(one.dataDir)
    if (pid === null) throw new Error('expected an embedded Redis, came none')
    process.kill(pid, 'SIGSTOP')
    let since = performance.now()
    try {
      await isFalse(one, since, 'broker', /did not answer|timed out/)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    since = performance.now()
    await isTrue(one, since)
  })

  const writeFaults: [what: string, words: RegExp, begin: Fault, end: Fault][] = [
    [
      'is a replica that is only read',
      /^READONLY /,
      (admin) => admin.replicaof('127.0.0.1', 1),
      (admin) => admin.call('REPLICAOF', 'NO', 'ONE'),
    ],
    [
      'is out of memory',
      /^OOM /,
      (admin) => admin.config('SET', 'maxmemory', '1'),
      (admin) => admin.config('SET', 'maxmemory', '0'),
    ],
    [
      'can not save to its disk',
      /^MISCONF /,
      async (admin, dataDir) => {
        // A folder is where the file should be.
        mkdirSync(join(dataDir, 'redis/dump.rdb'))
        await admin.config('SET', 'save', '3600 1')
        await saves(admin, 'err')
      },
      async (admin, dataDir) => {
        rmSync(join(dataDir, 'redis/dump.rdb'), { recursive: true })
        await saves(admin, 'ok')
      },
    ],
  ]
  for (const [what, words, begin, end] of writeFaults) {
    it(`is false while Redis ${what}`, async () => {
      const one = await start()
      const admin = one.redis(databases.broker)
      await begin(admin, one.dataDir)
      let since = performance.now()
      for (const cause of ['broker', 'sessions', 'codes']) await isFalse(one, since, cause, words)
      await end(admin, one.dataDir)
      since = performance.now()
      await isTrue(one, since)
    })
  }

  it('is false while the database has no table', async () => {
    const one = await start()
    const database = await openDatabase(`sqlite:${join(one.dataDir, 'lovage.sqlite')}`, new MemoryLog())
    try {
      let since = performance.now()
      await database.query('ALTER TABLE tb_users RENAME TO tb_away', { type: QueryTypes.RAW })
      await isFalse(one, since, 'database', /no such table: tb_users/)
      since = performance.now()
      await database.query('ALTER TABLE tb_away RENAME TO tb_users', { type: QueryTypes.RAW })
      await isTrue(one, since)
    } finally {
      await database.close()
    }
  })

  it('is false while threads crash one after the other, and true again when they do not', async () => {
    const one = await start(['-A', 'fatal', '-c', '2'])
    const broker = one.redis(databases.broker)
    const since = performance.now()
    // With no retries left each ends up to three threads.
    for (let number = 0; number < 12; number += 1) await sendAsCelery(broker, 'fatal.exits')
    await isFalse(one, since, 'pool', /^threads: threads end as soon as they begin a task: 6 of them within 4 s$/)
    await eventually(async () => expect(await broker.zcard('lovage:dead:celery')).to.equal(12), { timeoutMs: 60_000 })
    await isTrue(one, performance.now())
  })

  it('is false while no thread can start, and true again by itself', async () => {
    const one = await start(['-A', 'fatal', '-c', '1'])
    const broker = one.redis(databases.broker)
    rmSync(flag)
    const since = performance.now()
    try {
      await sendAsCelery(broker, 'fatal.hangs')
      await isFalse(one, since, 'pool', /^threads: no thread can start: .*not in this thread/)
    } finally {
      writeFileSync(flag, '')
    }
    await isTrue(one, performance.now())
  })

  it('is false while the oldest message is older than its limit', async () => {
    const one = await start(['-A', 'spins', '-c', '1'], { QUEUE_MAX_AGE_SECONDS: '2' })
    const broker = one.redis(databases.broker)
    const gate = join(folder.path, 'go-on')
    await sendAsCelery(broker, 'spins.until', [gate])
    await eventually(async () => expect(await broker.llen('celery')).to.equal(0))
    const old = { timestamp: Date.now() / 1000 }
    await broker.lpush('celery', JSON.stringify({ body: '', headers: {}, properties: old }))
    await eventually(async () => expect(Date.now() / 1000 - old.timestamp).to.be.greaterThan(2))
    await isFalse(one, performance.now(), 'queues', /^the oldest message of celery is \d+ s old, expected at most 2 s$/)
    const since = performance.now()
    writeFileSync(gate, '')
    await isTrue(one, since)
  })

  it('does not answer while the event loop does not turn, nor does /livez, and both do when it turns again', async () => {
    // The solo pool alone runs tasks on the main thread.
    const one = await start(['-A', 'spins', '-P', 'solo'])
    const gate = join(folder.path, 'turn-again')
    await sendAsCelery(one.redis(databases.broker), 'spins.until', [gate])
    const answered = async (path: string): Promise<number | 'not at all'> =>
      fetch(`${one.url}${path}`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ status }) => status,
        () => 'not at all',
      )
    try {
      await eventually(async () => expect(await answered('/livez')).to.equal('not at all'), { timeoutMs: promisedMs })
      expect(await answered('/readyz')).to.equal('not at all')
    } finally {
      writeFileSync(gate, '')
    }
    const since = performance.now()
    await eventually(async () => expect(await answered('/livez')).to.equal(200), { timeoutMs: promisedMs })
    await isTrue(one, since)
  })

  it('stays true while every slot is taken, for however long', async () => {
    const one = await start(['-A', 'gated', '-c', '2'])
    const broker = one.redis(databases.broker)
    const gate = join(folder.path, 'end-of-long-work')
    mkdirSync(gate)
    for (let number = 0; number < 6; number += 1) await sendAsCelery(broker, 'gated.pass', [gate])
    await eventually(async () => expect(await broker.llen('celery')).to.equal(4))
    const until = performance.now() + 2 * promisedMs
    await eventually(
      async () => {
        expect(await causes(one), 'busy').to.deep.equal({})
        if (performance.now() < until) throw new Error('not long enough')
      },
      { timeoutMs: 3 * promisedMs },
    )
    writeFileSync(join(gate, 'open'), '')
    await eventually(async () => expect(await broker.llen('celery')).to.equal(0))
  })
})
