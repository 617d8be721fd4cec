import { randomUUID } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createEngine, type Client } from '../../src/engine/index.ts'
import { connect, ready } from '../../src/redis/connection.ts'
import { defaultLimits, MemoryLog, someFacts } from '../support/engine.ts'
import { countsClaimed } from '../support/claimed.ts'
import { eventually } from '../support/eventually.ts'
import { Ledger } from '../support/ledger.ts'
import { RestlessWorker, type RestlessOptions } from '../support/restless-worker.ts'
import { embeddedRedisPid, runProgram } from '../support/service.ts'
import { makeFaultFolder, type FaultFolder } from './fault-tasks.ts'
import { databases } from './journey.ts'

/** What is on the broker and not yet done with. */
export interface Remains {
  readonly waiting: number
  readonly scheduled: number
  readonly claimed: number
}

/** One data folder with its embedded Redis, workers on it that may be killed, a client, and the ledger of the tasks. */
export class FaultStage {
  readonly folder: FaultFolder = makeFaultFolder()
  readonly dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'lv-')))
  readonly #workers: RestlessWorker[] = []
  readonly #connections: Redis[] = []
  #ledgers = 0
  readonly #clean = (): void => {
    this.#killRedis()
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 10 })
    this.folder.remove()
  }

  private constructor() {
    process.once('exit', this.#clean)
  }

  /** Brings the program up to date; nothing runs yet. */
  static async open(): Promise<FaultStage> {
    expect(await runProgram(['--version'])).to.include({ code: 0 })
    return new FaultStage()
  }

  /**
   * A worker with these tasks, not started.
   *
   * @param args more words of the command line, for example a name and slots
   * @param more its environment; the program that starts it; another command
   */
  worker(args: readonly string[], more: Pick<RestlessOptions, 'env' | 'launcher' | 'command'> = {}): RestlessWorker {
    const place = { dataDir: this.dataDir, cwd: this.folder.path }
    const worker = new RestlessWorker({ ...place, args: ['-A', 'faulty', ...args], ...more })
    this.#workers.push(worker)
    return worker
  }

  /** The same, started and ready. */
  async started(...options: Parameters<FaultStage['worker']>): Promise<RestlessWorker> {
    const worker = this.worker(...options)
    worker.start()
    await worker.ready()
    return worker
  }

  /** A new ledger. */
  ledger(): Ledger {
    this.#ledgers += 1
    return new Ledger(join(this.folder.path, `ledger-${this.#ledgers}`))
  }

  /** A connection to the broker, as the program makes them. A worker must have started Redis. */
  async broker(): Promise<Redis> {
    const address = { socketPath: join(this.dataDir, 'redis/redis.sock'), db: databases.broker }
    const redis = connect(address, { name: 'test', role: 'commands', logger: new MemoryLog() })
    this.#connections.push(redis)
    await ready(redis, 15_000)
    return redis
  }

  /** A client that sends, and takes no tasks. */
  async client(): Promise<Client> {
    const redis = await this.broker()
    return createEngine({
      connections: {
        commands: redis,
        blocking: redis,
        results: redis,
        openSubscriber: () => this.broker(),
        openControl: () => this.broker(),
      },
      node: `test-${randomUUID()}`,
      queues: ['celery'],
      catalogue: { tasks: new Map(), files: [] },
      taskSettings: {},
      pools: {
        kind: 'threads',
        concurrency: 1,
        others: { threads: 1, async: 1 },
        maxTasksPerChild: null,
        maxMemoryPerChild: null,
        maxResultBytes: 1_048_576,
      },
      limits: { ...defaultLimits, resultTtlSeconds: 3_600 },
      events: { tasks: false, sent: false },
      version: '0.0.0',
      facts: someFacts,
      onShutDown: () => undefined,
      onDropped: () => undefined,
      logger: new MemoryLog(),
    }).client
  }

  /** The process of the embedded Redis, waited for. @param but not this one: it has been killed */
  async redisPid(but: number | null = null): Promise<number> {
    return eventually(
      () => {
        const pid = embeddedRedisPid(this.dataDir)
        if (pid === null || pid === but) throw new Error('there is none')
        return pid
      },
      { what: 'an embedded Redis', timeoutMs: 20_000 },
    )
  }

  /** Waits until the queue, the schedule and all claims hold exactly so many messages. */
  async expectRemains(redis: Redis, expected: Remains, timeoutMs = 15_000): Promise<void> {
    await eventually(async () => expect(await remains(redis)).to.deep.equal(expected), {
      what: 'the expected messages on the broker',
      timeoutMs,
    })
  }

  #killRedis(): void {
    const pid = embeddedRedisPid(this.dataDir)
    if (pid !== null) process.kill(pid, 'SIGKILL')
  }

  async close(): Promise<void> {
    for (const redis of this.#connections.splice(0)) redis.disconnect()
    await Promise.all(this.#workers.splice(0).map((worker) => worker.close()))
    this.#killRedis()
    await eventually(() => expect(embeddedRedisPid(this.dataDir)).to.equal(null))
    process.off('exit', this.#clean)
    this.#clean()
  }
}

/** Nothing is left to do. */
export const nothing: Remains = { waiting: 0, scheduled: 0, claimed: 0 }

/** In one step: a message that moves between two looks would be seen nowhere, or twice. */
const count = `${countsClaimed}
return { redis.call('LLEN', 'celery'), redis.call('ZCARD', 'lovage:eta:celery'), claimed }`

async function remains(redis: Redis): Promise<Remains> {
  const [waiting = NaN, scheduled = NaN, claimed = NaN] = (await redis.eval(count, 0)) as number[]
  return { waiting, scheduled, claimed }
}

/** The name that a worker got. */
export function nodeOf(worker: RestlessWorker): string | undefined {
  return /^lovage \S+ on (\S+)$/m.exec(worker.printed.stdout)?.[1]
}

/** Waits until a node has renewed its lease so often. */
export async function renewsItsLease(broker: Redis, node: string, times: number): Promise<void> {
  let last = Infinity
  let renewals = 0
  await eventually(
    async () => {
      const [key] = await broker.keys(`lovage:node:${node}:*`)
      const left = key === undefined ? 0 : await broker.pttl(key)
      if (left > last) renewals += 1
      last = left
      expect(renewals).to.be.at.least(times)
    },
    { what: `${times} renewals of the lease of ${node}`, timeoutMs: 15_000 },
  )
}
