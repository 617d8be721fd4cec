import { join } from 'node:path'
import { expect } from 'chai'
import { freePort } from '../e2e/free-port.ts'
import { makeFaultFolder, type FaultFolder } from '../e2e/fault-tasks.ts'
import { CeleryApp, type CeleryWorker } from '../support/celery.ts'
import { countsClaimed } from '../support/claimed.ts'
import { createEngine, type TestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { Ledger } from '../support/ledger.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { RestlessWorker } from '../support/restless-worker.ts'
import { runProgram } from '../support/service.ts'

/** The task of the fault tests (`faults.count`), in Python: the same lines in the same ledger. */
const source = `
def note(ledger, *words):
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, ' '.join(str(word) for word in [*words, os.getpid(), int(time.time() * 1000)]).encode() + b'\\n')
    finally:
        os.close(file)

@app.task(name='faults.count')
def count(ledger, number, milliseconds, trouble):
    note(ledger, 'start', number, '0')
    time.sleep(milliseconds / 1000)
    note(ledger, 'end', number, '0')
`

/** How many tasks each run at once, and how many messages a Celery process takes ahead (Celery's own default). */
const lovageSlots = 3
const celerySlots = 4
const prefetchMultiplier = 4

/** Most messages that the Celery worker holds. */
export const celeryPrefetch = celerySlots * prefetchMultiplier

/** How long a task works, in milliseconds. */
const workMs = 10

/** A Redis, a Celery application and `lovage worker` processes on one queue, with a task that both sides know. */
export class BothLab {
  readonly folder: FaultFolder
  readonly ledger: Ledger
  readonly server: RedisServer
  /** The broker's address, for a command line. */
  readonly url: string
  readonly app: CeleryApp
  /** Sends, and takes nothing. */
  readonly engine: TestEngine
  readonly lovage: RestlessWorker
  /** Every process that Lovage's worker has been. */
  readonly lovagePids = new Set<number>()

  private constructor(parts: {
    folder: FaultFolder
    server: RedisServer
    engine: TestEngine
    url: string
    visibilitySeconds: number
  }) {
    const { folder, server, engine, url, visibilitySeconds } = parts
    this.folder = folder
    this.server = server
    this.url = url
    this.engine = engine
    this.ledger = new Ledger(join(folder.path, 'ledger'))
    const conf = {
      task_acks_late: true,
      task_reject_on_worker_lost: true,
      worker_prefetch_multiplier: prefetchMultiplier,
      broker_transport_options: { visibility_timeout: visibilitySeconds },
    }
    this.app = new CeleryApp({ url, source, conf })
    this.lovage = new RestlessWorker({
      dataDir: join(folder.path, 'data'),
      cwd: folder.path,
      args: ['-A', 'faulty', '-n', 'both', '-c', String(lovageSlots), '-l', 'warning', '-b', url],
      // The maintainer looks after Celery's claims every third of the lease.
      env: { VISIBILITY_TIMEOUT_MS: String(visibilitySeconds * 1000), LEASE_MS: '6000' },
    })
  }

  /** @param visibilitySeconds after which a claim of a Celery worker is restored, on both sides */
  static async open(visibilitySeconds: number): Promise<BothLab> {
    expect(await runProgram(['--version'])).to.include({ code: 0 })
    const port = await freePort()
    const server = await startRedis({ args: ['--bind', '127.0.0.1', '--port', String(port)] })
    const engine = await createEngine({ socketPath: server.socketPath, prefix: '', node: 'sender' })
    const url = `redis://127.0.0.1:${port}/10`
    return new BothLab({ folder: makeFaultFolder(), server, engine, url, visibilitySeconds })
  }

  /** Puts so many tasks on the queue, every second one from Python: numbers from 1, ids from {@link idOf}. */
  async send(count: number): Promise<void> {
    const { ledger, app, engine } = this
    const odd = Array.from({ length: count / 2 }, (_, index) => 2 * index + 1)
    const fromPython = app.run(`
with app.producer_pool.acquire() as producer:
    for number in range(2, ${count} + 1, 2):
        count.apply_async((${JSON.stringify(ledger.path)}, number, ${workMs}, 'none'), task_id='both-%d' % number, producer=producer)
`)
    for (let from = 0; from < odd.length; from += 500) {
      const some = odd.slice(from, from + 500)
      await Promise.all(
        some.map((number) =>
          engine.client.send('faults.count', [ledger.path, number, workMs, 'none'], { taskId: idOf(number) }),
        ),
      )
    }
    await fromPython
    expect(await engine.redis.llen('celery')).to.equal(count)
  }

  startCelery(): Promise<CeleryWorker> {
    return this.app.startWorker({ concurrency: celerySlots })
  }

  async startLovage(): Promise<void> {
    this.lovage.start()
    await this.lovage.ready()
    this.lovagePids.add(this.lovage.pid)
  }

  /** Ends Lovage's worker with -9. @returns the ids of what it held then: all that may be run again */
  async killLovage(): Promise<string[]> {
    this.lovage.check()
    await this.lovage.kill()
    const { redis } = this.engine
    const keys = await redis.keys('lovage:claims:*')
    const types = await Promise.all(keys.map((key) => redis.type(key)))
    const batches = await Promise.all(
      keys.filter((_, index) => types[index] === 'list').map((key) => redis.lrange(key, 0, -1)),
    )
    return batches.flat().flatMap((raw) => (raw.startsWith('{') ? [messageId(JSON.parse(raw))] : []))
  }

  /** Ends a Celery worker with -9. @returns the ids of what it had claimed then, and had noted so */
  async killCelery(worker: CeleryWorker): Promise<string[]> {
    await worker.kill()
    // What it had sent last, acks among it, Redis reads before it notices that nobody is there any more.
    await eventually(async () => {
      const clients = String(await this.engine.redis.client('LIST'))
        .trim()
        .split('\n')
      // Lovage's connections have names, and the lab's own is no TCP.
      expect(clients.filter((line) => / addr=127\.0\.0\.1:/.test(line) && / name= /.test(line))).to.deep.equal([])
    })
    return this.unackedIds()
  }

  /** The ids of what Celery workers have claimed, and have noted so. */
  async unackedIds(): Promise<string[]> {
    const entries = await this.engine.redis.hvals('unacked')
    return entries.map((entry) => messageId((JSON.parse(entry) as unknown[])[0]))
  }

  /** Waits until no more than so many messages are on the list. */
  async untilWaiting(count: number): Promise<void> {
    await eventually(async () => expect(await this.engine.redis.llen('celery')).to.be.at.most(count), {
      what: `at most ${count} messages on the queue`,
      timeoutMs: 120_000,
    })
    this.lovage.check()
  }

  /** Waits until nothing is left: on the list, scheduled, claimed here or there. */
  async untilDone(): Promise<void> {
    const left = `${countsClaimed}
      return redis.call('LLEN', 'celery') + redis.call('ZCARD', 'lovage:eta:celery') + claimed + redis.call('HLEN', 'unacked')`
    await eventually(async () => expect(await this.engine.redis.eval(left, 0)).to.equal(0), {
      what: 'an empty queue',
      timeoutMs: 120_000,
    })
    this.lovage.check()
  }

  /** What became of so many tasks. */
  async count(sent: number): Promise<Tally> {
    const { ledger, engine, lovagePids } = this
    const starts = new Map<number, number>()
    for (const { number } of ledger.starts()) starts.set(number, (starts.get(number) ?? 0) + 1)
    const ends = ledger.ends()
    const ended = new Set(ends.map(({ number }) => number))
    const numbers = Array.from({ length: sent }, (_, index) => index + 1)
    const results = await engine.redis.mget(numbers.map((number) => `celery-task-meta-${idOf(number)}`))
    const succeeded = (json: string | null): boolean =>
      json !== null && (JSON.parse(json) as { status: string }).status === 'SUCCESS'
    return {
      missing: numbers.filter((number) => !ended.has(number)).map(idOf),
      repeated: [...starts].filter(([, times]) => times > 1).map(([number]) => idOf(number)),
      withoutResult: numbers.filter((number, index) => ended.has(number) && !succeeded(results[index] ?? null)),
      strangers: [...starts.keys()].filter((number) => number < 1 || number > sent),
      here: ends.filter(({ pid }) => lovagePids.has(pid)).length,
      there: ends.filter(({ pid }) => !lovagePids.has(pid)).length,
      setAside: await engine.redis.scard('lovage:aside'),
    }
  }

  async close(): Promise<void> {
    await this.lovage.close()
    await this.app.close()
    await this.engine.close()
    await this.server.stop()
    this.folder.remove()
  }
}

/** What became of numbered tasks. */
export interface Tally {
  /** Ids of those that were never run to their end. */
  readonly missing: readonly string[]
  /** Ids of those that were begun more than once. */
  readonly repeated: readonly string[]
  /** Those that were run, and whose result is not SUCCESS. */
  readonly withoutResult: readonly number[]
  /** Those that were run, and not sent. */
  readonly strangers: readonly number[]
  /** How many were run to their end by Lovage, and by Celery. */
  readonly here: number
  readonly there: number
  readonly setAside: number
}

/** The id of the task of a number. */
export function idOf(number: number): string {
  return `both-${number}`
}

function messageId(message: unknown): string {
  return (message as { headers: { id: string } }).headers.id
}
