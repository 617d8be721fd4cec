import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * What a process has in memory (RSS), in bytes.
 *
 * @param {number} pid
 */
export async function memoryOf(pid) {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout.trim()) * 1024
}
