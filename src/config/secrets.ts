import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { SettingsError } from './settings-error.ts'
import { isGroup } from './settings-tree.ts'

/** Keys that the process signs with; `secrets` in the settings, none missing. */
export interface Secrets {
  readonly sessionKeys: readonly string[]
  readonly codeKey: string
}

/** Name of the file under `dataDir`. */
const fileName = 'secrets.json'

/** Length of a secret that is made, in bytes; base64url makes 43 characters of them. */
const madeBytes = 32

/** Least length of a secret that is kept, or used in production, in characters. */
export const leastSecretLength = 32

/**
 * Reads the secrets kept under `dataDir`, or makes them if there are none yet. Processes that start at the same time
 * get the same ones. A file that cannot be used is never replaced: new secrets end every session, which must be
 * somebody's decision.
 *
 * 1. Read the file; open to others than its owner, it is closed to them.
 * 2. If there is none, write new secrets to a file under another name, whole.
 * 3. Give that file the right name with link(2), which fails if another process was first.
 * 4. Read the file: one's own or the other's.
 *
 * @throws SettingsError if the file cannot be read or made, or does not hold what it should
 */
export function keepSecrets(dataDir: string): { file: string; secrets: Secrets } {
  const file = join(dataDir, fileName)
  const content = attempt(file, () => {
    const kept = readIfThere(file)
    if (kept !== undefined) return kept
    make(dataDir, file)
    return fs.readFileSync(file, 'utf8')
  })
  return { file, secrets: parse(content, file) }
}

function readIfThere(file: string): string | undefined {
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
    const openToOthers = (stat.mode & 0o077) !== 0
    if (openToOthers) fs.fchmodSync(opened, 0o600)
    return fs.readFileSync(opened, 'utf8')
  } finally {
    fs.closeSync(opened)
  }
}

function make(dataDir: string, file: string): void {
  const secrets: Secrets = { sessionKeys: [newSecret()], codeKey: newSecret() }

  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  try {
    fs.writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true })
    fs.linkSync(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

function newSecret(): string {
  return randomBytes(madeBytes).toString('base64url')
}

function parse(content: string, file: string): Secrets {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    throw unusable(file, 'text that is not JSON')
  }
  if (!isGroup(value)) throw unusable(file, 'JSON that is not an object')
  const { sessionKeys, codeKey } = value
  if (!Array.isArray(sessionKeys) || sessionKeys.length === 0 || !sessionKeys.every(isSecret)) {
    throw unusable(file, 'no such sessionKeys')
  }
  if (!isSecret(codeKey)) throw unusable(file, 'no such codeKey')
  return { sessionKeys, codeKey }
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value.length >= leastSecretLength
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw unusable(file, codeOf(error) ?? (error instanceof Error ? error.message : String(error)))
  }
}

function unusable(file: string, came: string): SettingsError {
  const expected =
    `a file that can be read and written, with {"sessionKeys": [...], "codeKey": "..."} of at least ${leastSecretLength} ` +
    'characters each (without the file, new ones are made, and sessions end)'
  return new SettingsError([{ setting: 'secrets', source: file, expected, came }])
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
