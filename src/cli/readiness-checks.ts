import type { Redis } from 'ioredis'
import type { Sequelize } from 'sequelize'
import type { RedisBroker, Worker } from '../engine/index.ts'
import type { ReadinessChecks } from '../monitor/probes.ts'

/** An idle dispatcher polls every 50 ms; one that has not for this long, in milliseconds, is stuck or cut off. */
const pollLateMs = 4_000

/** What the process depends on. */
export interface Dependencies {
  readonly worker: Worker
  readonly broker: RedisBroker
  readonly database: Sequelize
  readonly sessions: Redis
  readonly codes: Redis
}

/** Ready means: what a request needs answers, and tasks are being taken. A pool that is full is busy, not broken. */
export function readinessChecks({ worker, broker, database, sessions, codes }: Dependencies): ReadinessChecks {
  return {
    broker: () => broker.checkWritable(),
    sessions: () => writes(sessions),
    codes: () => writes(codes),
    database: async () => {
      await database.query('SELECT 1')
    },
    dispatcher: async () => {
      const { full, lastPoll } = worker.activity
      if (lastPoll === 0) throw new Error('has not taken tasks yet')
      const late = performance.now() - lastPoll
      if (!full && late > pollLateMs) throw new Error(`has not asked for tasks for ${Math.round(late)} ms`)
    },
  }
}

async function writes(redis: Redis): Promise<void> {
  await redis.set('lovage:probe', process.pid, 'PX', 10_000)
}
