import { randomBytes } from 'node:crypto'

let start = ''
let count = 0

/**
 * A short text that nobody else on the broker has given or will give: what is random is made once by each thread, what differs
 * from one to the next is a number.
 */
export function uniqueTag(): string {
  if (start === '') start = `${randomBytes(9).toString('base64url')}.`
  count += 1
  return start + count.toString(36)
}
