import { errorCode } from '../../src/redis/errors.ts'

/**
 * Sends a signal to a process, or to nobody where it has ended since it was looked up.
 * @param pid a process, or a group's number with a minus sign
 */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
