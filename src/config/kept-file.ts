import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname } from 'node:path'

/** Length of a secret that is made, in bytes; base64url makes 43 characters of them. */
const madeBytes = 32

/** What a file holds that nobody but its owner may read. */
export interface KeptFile {
  readonly content: string
  /** Whether others could read it until now. */
  readonly wasOpen: boolean
}

/**
 * Reads a file of secrets, or makes it if there is none yet. Processes that start at the same time get the same one.
 *
 * 1. Read the file; open to others than its owner, it is closed to them.
 * 2. If there is none, write a new one under another name, whole.
 * 3. Give that file the right name with link(2), which fails if another process was first.
 * 4. Read the file: one's own or the other's.
 *
 * @param make gives the content of a new one
 * @throws what the file system throws, or an Error for what is no file
 */
export function keepFile(file: string, make: () => string): KeptFile {
  const kept = readIfThere(file)
  if (kept !== undefined) return kept
  write(file, make())
  return { content: fs.readFileSync(file, 'utf8'), wasOpen: false }
}

export function newSecret(): string {
  return randomBytes(madeBytes).toString('base64url')
}

/** What became of a file that can not be kept, to be read after "came". */
export function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error))
}

function readIfThere(file: string): KeptFile | undefined {
  let opened: number
  try {
    opened = fs.openSync(file, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const stat = fs.fstatSync(opened)
    if (!stat.isFile()) throw new Error('something that is not a file')
    const wasOpen = (stat.mode & 0o077) !== 0
    if (wasOpen) fs.fchmodSync(opened, 0o600)
    return { content: fs.readFileSync(opened, 'utf8'), wasOpen }
  } finally {
    fs.closeSync(opened)
  }
}

function write(file: string, content: string): void {
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  try {
    fs.writeFileSync(draft, content, { flag: 'wx', mode: 0o600, flush: true })
    fs.linkSync(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
