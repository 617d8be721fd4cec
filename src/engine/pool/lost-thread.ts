import { WorkerLostError } from '../errors.ts'

/** Why a job has no reply: its thread ended, with this error. */
export function threadLost(error: unknown): WorkerLostError {
  if (!(error instanceof Error)) return new WorkerLostError(`its thread ended: ${String(error)}`)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  const failure = new WorkerLostError(`its thread ended: ${code}${error.message}`, { cause: error })
  if (error.stack !== undefined) failure.stack = error.stack
  return failure
}
