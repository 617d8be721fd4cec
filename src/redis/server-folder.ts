import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, realpath, rm, rmdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { errorCode, errorText, RedisSetupError } from './errors.ts'

/** The longest path of a Unix socket in bytes: `sun_path` of unix(7) without its closing zero. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103

/**
 * Makes the folder of an embedded Redis, if need be, and closes it to others (mode 700).
 *
 * @returns its real path, which is the same for every process however it names the folder
 * @throws RedisSetupError BAD_FOLDER
 */
export async function prepareFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = await realpath(folder)
    const { mode, uid } = await lstat(path)
    if (!isOurs(uid)) throw new Error(`it belongs to another user (number ${uid})`)
    if ((mode & 0o777) !== 0o700) await chmod(path, 0o700)
    return path
  } catch (error) {
    throw new RedisSetupError('BAD_FOLDER', `the embedded Redis can't use the folder ${folder}: ${errorText(error)}`)
  }
}

/** The real path of a folder, or null if there is none. */
export async function existingFolder(folder: string): Promise<string | null> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Where the socket of a folder's server is: in the folder, or if that path were too long, in a folder of its own under the
 * system's temporary folder.
 *
 * @param folder real path
 * @param used where the socket was last. Processes may have different temporary folders (TMPDIR), so it is used again
 */
export function socketPathOf(folder: string, used: string | null): string {
  const path = join(folder, 'redis.sock')
  if (Buffer.byteLength(path) <= longestSocketPath) return path
  const name = `lovage-${userInfo().uid}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  return used !== null && basename(dirname(used)) === name ? used : join(tmpdir(), name, 'redis.sock')
}

/**
 * Makes the folder of the socket, if it is not the server's own. Everybody can write in the temporary folder, so what is
 * already there must be a folder of ours that is closed to others.
 *
 * @throws RedisSetupError BAD_FOLDER
 */
export async function prepareSocketFolder(folder: string, socketPath: string): Promise<void> {
  const socketFolder = dirname(socketPath)
  if (socketFolder === folder) return
  if (Buffer.byteLength(socketPath) > longestSocketPath) throw badSocketFolder(socketFolder, 'its path is too long')
  try {
    await mkdir(socketFolder, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw badSocketFolder(socketFolder, errorText(error))
  }
  const stats = await lstat(socketFolder)
  if (!stats.isDirectory()) throw badSocketFolder(socketFolder, 'it is not a folder')
  if (!isOurs(stats.uid)) throw badSocketFolder(socketFolder, `it belongs to another user (number ${stats.uid})`)
  if ((stats.mode & 0o077) !== 0) throw badSocketFolder(socketFolder, 'others may enter it; its mode must be 700')
}

/** Removes the socket of a server that has ended, and the folder made for it. */
export async function removeSocket(folder: string, socketPath: string): Promise<void> {
  await rm(socketPath, { force: true })
  // Left where it is if somebody has put something there.
  if (dirname(socketPath) !== folder) await rmdir(dirname(socketPath)).catch(() => undefined)
}

function isOurs(uid: number): boolean {
  return uid === process.geteuid?.()
}

function badSocketFolder(folder: string, reason: string): RedisSetupError {
  return new RedisSetupError('BAD_FOLDER', `the socket of the embedded Redis can't be in ${folder}: ${reason}`)
}
