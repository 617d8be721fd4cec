import type { Redis } from 'ioredis'
import type { Sequelize } from 'sequelize'
import type { Engine, Inspector, Pool, RedisBroker, Worker } from '../engine/index.ts'
import type { ReadinessChecks } from '../monitor/probes.ts'
import { tryWrite, writeFailure } from '../redis/write-probe.ts'

/** An idle dispatcher polls every 50 ms; one that has not for this long, in milliseconds, is stuck or cut off. */
const pollLateMs = 4_000

/** What a worker depends on. */
export interface WorkerParts {
  readonly worker: Pick<Worker, 'activity'>
  readonly broker: Pick<RedisBroker, 'checkWritable'>
  readonly pools: readonly Pick<Pool, 'kind' | 'trouble'>[]
  readonly inspector: Pick<Inspector, 'look'>
  /** Greatest age of the oldest message of a queue that is served here, in milliseconds; null: any. */
  readonly maxAgeMs: number | null
}

/** What the service depends on beside that. */
export interface ServiceParts {
  readonly database: Sequelize
  readonly sessions: Redis
  readonly codes: Redis
}

/** The worker of an engine, with the settings' limit. */
export function workerParts(engine: Engine, maxAgeSeconds: number | null): WorkerParts {
  return { ...engine, maxAgeMs: maxAgeSeconds === null ? null : maxAgeSeconds * 1000 }
}

/** A worker is ready when tasks are being taken and could run. A pool that is full is busy, not broken. */
export function workerChecks({ worker, broker, pools, inspector, maxAgeMs }: WorkerParts): ReadinessChecks {
  return {
    broker: () => written(broker.checkWritable()),
    dispatcher: async () => {
      const { full, stuck, lastPoll } = worker.activity
      if (lastPoll === 0) throw new Error('has not taken tasks yet')
      const late = performance.now() - lastPoll
      if ((!full || stuck) && late > pollLateMs) throw new Error(`has not asked for tasks for ${Math.round(late)} ms`)
    },
    pool: async () => {
      const troubles = pools.flatMap(({ kind, trouble }) => (trouble === null ? [] : [`${kind}: ${trouble}`]))
      if (troubles.length > 0) throw new Error(troubles.join('; '))
    },
    ...(maxAgeMs !== null && { queues: () => youngerThan(maxAgeMs, inspector) }),
  }
}

/** The service is ready when what a request needs answers. */
export function serviceChecks({ database, sessions, codes }: ServiceParts): ReadinessChecks {
  return {
    sessions: () => written(tryWrite(sessions)),
    codes: () => written(tryWrite(codes)),
    database: async () => {
      // Not any answer will do: SQLite gives one without its file.
      await database.query('SELECT 1 FROM tb_users LIMIT 1')
    },
  }
}

/** @throws which queue's oldest message is how old */
async function youngerThan(maxMs: number, inspector: Pick<Inspector, 'look'>): Promise<void> {
  const { queues } = await inspector.look()
  const old = queues.filter(({ served, oldestAge }) => served && (oldestAge ?? 0) > maxMs)
  if (old.length === 0) return
  const named = old.map(({ name, oldestAge }) => `the oldest message of ${name} is ${seconds(oldestAge ?? 0)} old`)
  throw new Error(`${named.join('; ')}, expected at most ${seconds(maxMs)}`)
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`
}

/** @throws what stands in the way, in the server's own words where it has some */
async function written(write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (error) {
    throw new Error(writeFailure(error), { cause: error })
  }
}
