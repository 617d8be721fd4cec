import { MonitorError } from './monitor-error.ts'

/**
 * Bounds how many answers that cost much are made at once.
 *
 * @param most of them; who comes then is asked to come again
 * @param what they are, in the plural
 * @returns makes one; throws MonitorError UNAVAILABLE where there are as many
 */
export function fewAtOnce(most: number, what: string): <Answer>(make: () => Promise<Answer>) => Promise<Answer> {
  let underWay = 0
  return async (make) => {
    if (underWay >= most) {
      throw new MonitorError('UNAVAILABLE', `expected fewer ${what} at once; try again`, { retryAfter: 1 })
    }
    underWay += 1
    try {
      return await make()
    } finally {
      underWay -= 1
    }
  }
}
