import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './errors.ts'

/** At this size, in bytes, the log is put aside; one predecessor is kept. */
const largest = 1024 * 1024

/** Redis opens its log anew for each line, so it may be renamed while the server runs. */
export function logFile(folder: string): string {
  return join(folder, 'redis.log')
}

/** Puts the log aside as redis.log.1 if it is large. Of two processes that do so at once, one may put aside a short one. */
export async function rotateLog(folder: string): Promise<void> {
  if ((await logSize(folder)) > largest) await rename(logFile(folder), `${logFile(folder)}.1`)
}

/** @returns bytes, 0 if there is none */
export async function logSize(folder: string): Promise<number> {
  try {
    return (await stat(logFile(folder))).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0
    throw error
  }
}

/**
 * The last lines that were logged.
 *
 * @param from bytes to leave out at the beginning, for what an earlier server logged
 */
export async function lastLogLines(folder: string, from: number, count = 12): Promise<string[]> {
  let file: FileHandle
  try {
    file = await open(logFile(folder))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
  try {
    const { size } = await file.stat()
    const start = Math.max(from <= size ? from : 0, size - count * 500)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    return lines.filter((line) => line.trim() !== '').slice(-count)
  } finally {
    await file.close()
  }
}

/** What a person can do about the failure that log lines tell of; empty if they don't tell. */
export function adviceFor(lines: readonly string[], folder: string): string {
  const log = lines.join('\n')
  if (/No space left on device/i.test(log)) return `The disk of ${folder} is full. Make room and start again.`
  if (
    /Bad file format|Unexpected end of file|Unrecoverable error|Short read|redis-check-aof|valkey-check-aof/i.test(log)
  ) {
    return (
      `The append-only file can't be read. Nothing was changed. Make a copy of ${folder} first. Then see what is wrong with ` +
      'redis-check-aof (from Redis 7 on: redis-check-aof appendonlydir/appendonly.aof.manifest, before: redis-check-aof ' +
      'appendonly.aof, in that folder). With --fix it cuts the file off at the first bad place: everything after that is ' +
      'lost, tasks that wait included.'
    )
  }
  if (/RDB format version|RDB version/i.test(log)) {
    return 'The data was written by a newer server. Start that version, or a newer one.'
  }
  if (/Unix socket/i.test(log)) {
    return `Unix sockets can't be made in ${folder}, as is the case on some shared folders. Set DATA_DIR to a local one.`
  }
  return ''
}
