import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, RedisSetupError } from './errors.ts'
import { formatIdentity, identifyProcess, isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts'

export interface Lock {
  release(): Promise<void>
}

export interface LockOptions {
  /** How long to wait for the lock at most, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** How often a held lock is looked at, in milliseconds. Nothing tells that its holder has died. */
const pollMs = 20

/**
 * Runs `work` while holding the lock.
 *
 * @param folder the folder of the lock, made if it is not there
 * @throws RedisSetupError LOCKED if its holder does not let go in time; AbortError if the signal says so
 */
export async function withLock<T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(folder, options)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/**
 * Takes a lock that frees itself when its holder dies.
 *
 * A single file can't do that: between "its holder is dead" and "so I remove it", another may have taken it over, and what
 * is removed is the new lock. So every holder has a file of its own, named with a number, and the numbers only grow:
 *
 * 1. Look: the file with the highest number says who holds the lock. Empty: nobody. A dead process: nobody.
 * 2. If somebody does, wait and look again.
 * 3. Else make the file with the next number, which only one can do. It comes with its content, by link(2).
 * 4. Look again: if there is a higher one, what was seen at first was out of date. Give up the own file and begin again.
 * 5. Now it is ours: whoever looks sees our number. Remove the lower ones. The highest is never removed, so a number
 *    is never used twice.
 * 6. Release: empty the own file.
 *
 * @throws RedisSetupError LOCKED; AbortError
 */
export async function acquireLock(folder: string, { timeoutMs, signal }: LockOptions): Promise<Lock> {
  const deadline = performance.now() + timeoutMs
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (;;) {
    signal?.throwIfAborted()
    const { number, holder } = await look(folder)
    if (holder === null) {
      if (await claim(folder, number + 1)) return { release: () => release(folder, number + 1) }
    } else if (performance.now() < deadline) {
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal })
    } else {
      throw new RedisSetupError(
        'LOCKED',
        `process ${holder.pid} has held the lock ${folder} for over ${timeoutMs} ms; if it hangs, end it, and if it has ` +
          'nothing to do with Lovage, remove that folder',
      )
    }
  }
}

/** @returns the highest number, 0 if there is none, and the living process that holds it */
async function look(folder: string): Promise<{ number: number; holder: ProcessIdentity | null }> {
  for (;;) {
    const number = Math.max(0, ...(await numbers(folder)))
    if (number === 0) return { number, holder: null }
    try {
      const holder = parseIdentity(await readFile(join(folder, String(number)), 'utf8'))
      return { number, holder: holder !== null && isAlive(holder) ? holder : null }
    } catch (error) {
      // The next holder has removed it since.
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

async function claim(folder: string, number: number): Promise<boolean> {
  const own = identifyProcess(process.pid)
  if (own === null) throw new Error('this process does not find itself')
  const file = join(folder, String(number))
  const draft = join(folder, `draft-${process.pid}-${randomUUID()}`)
  try {
    await writeFile(draft, formatIdentity(own), { mode: 0o600 })
    await link(draft, file)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  if (Math.max(...(await numbers(folder))) > number) {
    await rm(file, { force: true })
    return false
  }
  const obsolete = (await readdir(folder)).filter((name) => isObsolete(name, number))
  await Promise.all(obsolete.map((name) => rm(join(folder, name), { force: true })))
  return true
}

async function release(folder: string, number: number): Promise<void> {
  try {
    await truncate(join(folder, String(number)))
  } catch (error) {
    // Somebody has removed the whole folder; then there is nothing to release.
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** A lower number, or the draft of a process that died while it made one. */
function isObsolete(name: string, number: number): boolean {
  const [, pid] = /^draft-(\d+)-/.exec(name) ?? []
  return pid === undefined ? Number(name) < number : identifyProcess(Number(pid)) === null
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^[1-9]\d*$/.test(name)).map(Number)
}
