import type { DeadRow, RetryAllRequest } from '../../monitor/task-wire-types.ts'
import { count } from './figures.ts'
import type { MonitorApi } from './monitor-api.ts'
import { texts } from './texts.ts'
import type { Action } from './use-actions.ts'

/** @param id of the task @param changed told when it is done, so that what is shown can be asked for again */
export function retryTask(api: MonitorApi, id: string, changed: () => void): Action {
  return {
    question: texts.task.retryQuestion(id),
    consequence: texts.task.retryConsequence,
    confirm: texts.task.retry,
    async run() {
      const { queue } = await api.retry(id)
      changed()
      return texts.task.retryDone(queue)
    },
  }
}

export function revokeTask(api: MonitorApi, id: string, changed: () => void): Action {
  return {
    question: texts.task.revokeQuestion(id),
    consequence: texts.task.revokeConsequence,
    confirm: texts.task.revoke,
    destructive: true,
    async run() {
      await api.revoke(id)
      changed()
      return texts.task.revokeDone
    },
  }
}

export function terminateTask(api: MonitorApi, id: string, changed: () => void): Action {
  return {
    question: texts.task.terminateQuestion(id),
    consequence: texts.task.terminateConsequence,
    confirm: texts.task.terminate,
    destructive: true,
    async run() {
      await api.terminate(id)
      changed()
      return texts.task.terminateDone
    },
  }
}

/** Of one that has no task id: a message that could not be read. */
export function retryLetter(api: MonitorApi, letter: DeadRow, changed: () => void): Action {
  return {
    ...retryTask(api, letter.entry, changed),
    question: texts.task.retryQuestion(letter.taskName ?? letter.taskId ?? letter.entry),
  }
}

/**
 * Step by step, as the server does it; each step is told.
 *
 * @param which of them are meant
 * @param total how many there are now
 */
export function retryAll(api: MonitorApi, which: RetryAllRequest, total: number, changed: () => void): Action {
  return {
    question: texts.dead.retryAllQuestion(count(total)),
    consequence: texts.dead.retryAllConsequence,
    confirm: texts.dead.retryAll,
    async run(_number, report) {
      let request = which
      let moved = 0
      let left = 0
      for (;;) {
        const step = await api.retryAll(request)
        moved += step.moved
        // Each step comes by those again that the ones before it have left.
        left = step.left
        report(texts.dead.retryAllStep(count(moved), count(step.remaining)))
        if (step.done) break
        request = { ...which, before: step.before }
      }
      changed()
      return left === 0 ? texts.dead.retryAllDone(count(moved)) : texts.dead.retryAllLeft(count(moved), count(left))
    },
  }
}
