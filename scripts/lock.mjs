import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'

const POLL_MS = 100

/**
 * Does the work while no other process that asks for the same lock does.
 *
 * The lock is a symbolic link whose target names its holder, since a link, unlike a file, comes into being together with
 * its content. A dead holder's lock is taken over, and that under a lock of its own (`<path>.over`): else of two
 * processes that see the dead holder at once, the slower one would remove the lock that the faster one has just made.
 *
 * @template T
 * @param {string} path where the link is made; its folder is made where missing
 * @param {() => Promise<T>} work
 * @param {(holder: string) => void} [onWait] told once, with the holder's process id, when there is waiting to do
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  mkdirSync(dirname(path), { recursive: true })
  await acquire(path, onWait)
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/**
 * @param {string} path
 * @param {((holder: string) => void) | undefined} onWait
 */
async function acquire(path, onWait) {
  const own = identify(process.pid) ?? String(process.pid)
  for (let waits = 0; !tryLink(own, path);) {
    const holder = readHolder(path)
    if (holder === undefined) continue
    const [pid = ''] = holder.split(' ')
    if (identify(Number(pid)) === holder) {
      if (waits === 0) onWait?.(pid)
      waits += 1
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    } else {
      await withLock(`${path}.over`, async () => {
        if (readHolder(path) === holder) unlinkSync(path)
      })
    }
  }
}

/** @param {string} target @param {string} path */
function tryLink(target, path) {
  try {
    symlinkSync(target, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** @param {string} path */
function readHolder(path) {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * Process id and, where the system tells it (Linux), the time it started: ids are used again, in containers soon.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined where no such process runs
 */
export function identify(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return undefined
  }
  try {
    // proc(5): state is field 3, starttime field 22; the name in field 2 is in brackets and can hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`
  } catch {
    return String(pid)
  }
}

/** @param {unknown} error @param {string} code */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}
