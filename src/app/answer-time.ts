import type Koa from 'koa'
import { describeError } from './error-answers.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'

/**
 * Bounds how long a request may take in all. What it waited for goes on by itself; nobody is told what becomes of it, and
 * where it would set a cookie it fails, so that whatever it has done is undone as after any other failure.
 *
 * @param ms in milliseconds
 * @throws AppError UNAVAILABLE when the time is over
 */
export function limitAnswerTime(ms: number, logger: Logger): Koa.Middleware {
  return async (_ctx, next) => {
    let timer: NodeJS.Timeout | undefined
    let isLate = false
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        isLate = true
        const cause = new Error(`no answer within the ${ms} ms that a request may take`)
        reject(new AppError('UNAVAILABLE', { cause }))
      }, ms)
    })
    const work = next()
    work.catch((error: unknown) => {
      if (isLate) logger.debug(describeError(error), 'a request failed after its time was over')
    })
    try {
      await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
