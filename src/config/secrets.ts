import { join } from 'node:path'
import { keepFile, newSecret, reasonOf } from './kept-file.ts'
import { SettingsError } from './settings-error.ts'
import { isGroup } from './settings-tree.ts'

/** Keys that the process signs with; `secrets` in the settings, none missing. */
export interface Secrets {
  readonly sessionKeys: readonly string[]
  readonly codeKey: string
}

/** Name of the file under `dataDir`. */
const fileName = 'secrets.json'

/** Least length of a secret that is kept, or used in production, in characters. */
export const leastSecretLength = 32

/**
 * Reads the secrets kept under `dataDir`, or makes them if there are none yet. Processes that start at the same time
 * get the same ones. A file that cannot be used is never replaced: new secrets end every session, which must be
 * somebody's decision.
 *
 * @throws SettingsError if the file cannot be read or made, or does not hold what it should
 */
export function keepSecrets(dataDir: string): { file: string; secrets: Secrets } {
  const file = join(dataDir, fileName)
  return { file, secrets: parse(contentOf(file), file) }
}

function contentOf(file: string): string {
  try {
    return keepFile(file, newContent).content
  } catch (error) {
    throw unusable(file, reasonOf(error))
  }
}

function newContent(): string {
  const secrets: Secrets = { sessionKeys: [newSecret()], codeKey: newSecret() }
  return `${JSON.stringify(secrets, null, 2)}\n`
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

function unusable(file: string, came: string): SettingsError {
  const expected =
    `a file that can be read and written, with {"sessionKeys": [...], "codeKey": "..."} of at least ${leastSecretLength} ` +
    'characters each (without the file, new ones are made, and sessions end)'
  return new SettingsError([{ setting: 'secrets', source: file, expected, came }])
}
