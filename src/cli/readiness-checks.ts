import type { Redis } from 'ioredis'
import type { Sequelize } from 'sequelize'
import type { RedisBroker, Worker } from '../engine/index.ts'
import type { ReadinessChecks } from '../monitor/probes.ts'
import { tryWrite, writeFailure } from '../redis/write-probe.ts'

/** An idle dispatcher polls every 50 ms; one that has not for this long, in milliseconds, is stuck or cut off. */
const pollLateMs = 4_000

/** What the process depends on. */
export interface Dependencies {
  readonly worker: Pick<Worker, 'activity'>
  readonly broker: Pick<RedisBroker, 'checkWritable'>
  readonly database: Sequelize
  readonly sessions: Redis
  readonly codes: Redis
}

/** Ready means: what a request needs answers, and tasks are being taken. A pool that is full is busy, not broken. */
export function readinessChecks({ worker, broker, database, sessions, codes }: Dependencies): ReadinessChecks {
  return {
    broker: () => written(broker.checkWritable()),
    sessions: () => written(tryWrite(sessions)),
    codes: () => written(tryWrite(codes)),
    database: async () => {
      await database.query('SELECT 1')
    },
    dispatcher: async () => {
      const { full, stuck, lastPoll } = worker.activity
      if (lastPoll === 0) throw new Error('has not taken tasks yet')
      const late = performance.now() - lastPoll
      if ((!full || stuck) && late > pollLateMs) throw new Error(`has not asked for tasks for ${Math.round(late)} ms`)
    },
  }
}

/** @throws what stands in the way, in the server's own words where it has some */
async function written(write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (error) {
    throw new Error(writeFailure(error), { cause: error })
  }
}
