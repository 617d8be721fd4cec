import type { PoolState } from '../../monitor/task-wire-types.ts'
import { count } from './figures.ts'
import type { MonitorApi } from './monitor-api.ts'
import { texts } from './texts.ts'
import type { Action } from './use-actions.ts'

/** @param changed told when it is done, so that what is shown can be asked for again */
export function pauseQueue(api: MonitorApi, queue: string, changed: () => void): Action {
  return {
    question: texts.queues.pauseQuestion(queue),
    consequence: texts.queues.pauseConsequence,
    confirm: texts.queues.pause,
    async run() {
      await api.pause(queue)
      changed()
      return texts.queues.pauseDone(queue)
    },
  }
}

export function resumeQueue(api: MonitorApi, queue: string, changed: () => void): Action {
  return {
    question: texts.queues.resumeQuestion(queue),
    consequence: texts.queues.resumeConsequence,
    confirm: texts.queues.resume,
    async run() {
      await api.resume(queue)
      changed()
      return texts.queues.resumeDone(queue)
    },
  }
}

/** @param waiting how many messages are on it now */
export function purgeQueue(api: MonitorApi, queue: string, waiting: number, changed: () => void): Action {
  return {
    question: texts.queues.purgeQuestion(queue),
    consequence: texts.queues.purgeConsequence(count(waiting)),
    confirm: texts.queues.purge,
    destructive: true,
    async run() {
      const { purged } = await api.purge(queue)
      changed()
      return texts.queues.purgeDone(queue, count(purged))
    },
  }
}

const MOST_AT_ONCE = 1000

export function growPool(api: MonitorApi, pool: PoolState, changed: () => void): Action {
  return {
    question: texts.pool.growQuestion(pool.node),
    consequence: texts.pool.consequence(count(pool.concurrency)),
    confirm: texts.pool.grow,
    number: { label: texts.pool.growBy, start: 1, most: MOST_AT_ONCE },
    async run(by) {
      const { from, to } = await api.grow(by)
      changed()
      return texts.pool.done(count(from), count(to))
    },
  }
}

export function shrinkPool(api: MonitorApi, pool: PoolState, changed: () => void): Action {
  return {
    question: texts.pool.shrinkQuestion(pool.node),
    consequence: texts.pool.consequence(count(pool.concurrency)),
    confirm: texts.pool.shrink,
    number: { label: texts.pool.shrinkBy, start: 1, most: Math.min(MOST_AT_ONCE, Math.max(1, pool.concurrency - 1)) },
    async run(by) {
      const { from, to } = await api.shrink(by)
      changed()
      return texts.pool.done(count(from), count(to))
    },
  }
}
