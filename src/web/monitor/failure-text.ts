import { MonitorError } from './monitor-api.ts'
import { texts } from './texts.ts'

/** What a person is told of something that went wrong, in the page's language. What is no `MonitorError` is a fault of the page. */
export function failureText(failure: unknown): string {
  if (!(failure instanceof MonitorError)) {
    console.error(failure)
    return texts.failures.pageFault
  }
  const { error, message, retryAfter, status } = failure
  if (error === 'TOO_MANY_TRIES') return texts.failures.tooManyTries(retryAfter ?? 60)
  // The server's text says why, and is in English.
  if (error === 'CONFLICT' || error === 'BAD_REQUEST') return texts.failures.because(message)
  if (error === 'UNEXPECTED' || error === 'METHOD_NOT_ALLOWED') return texts.failures.unexpected(status)
  return texts.failures.byName[error]
}
