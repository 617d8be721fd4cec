import { join } from 'node:path'
import { keepFile, newSecret, reasonOf, type KeptFile } from './kept-file.ts'
import { leastSecretLength } from './secrets.ts'
import { SettingsError } from './settings-error.ts'

/** Name of the file under `dataDir`. */
const fileName = 'monitor-token'

/** The dashboard's token, as it is kept. */
export interface KeptToken {
  readonly token: string
  readonly file: string
  /** Whether others than the file's owner could read it until now. */
  readonly wasOpen: boolean
}

/**
 * Reads the dashboard's token, kept under `dataDir`, or makes one if there is none yet, readable by its owner alone. A file that cannot be used
 * is never replaced.
 *
 * @throws SettingsError if the file cannot be read or made, or does not hold what it should
 */
export function keepMonitorToken(dataDir: string): KeptToken {
  const file = join(dataDir, fileName)
  const { content, wasOpen } = attempt(file, () => keepFile(file, () => `${newSecret()}\n`))
  const token = content.trim()
  if (token.length < leastSecretLength) throw unusable(file, `${token.length} characters`)
  return { token, file, wasOpen }
}

function attempt(file: string, keep: () => KeptFile): KeptFile {
  try {
    return keep()
  } catch (error) {
    throw unusable(file, reasonOf(error))
  }
}

function unusable(file: string, came: string): SettingsError {
  const expected =
    `a file that can be read and written, with a token of at least ${leastSecretLength} characters ` +
    '(without the file a new one is made, and who looked at the dashboard needs that one)'
  return new SettingsError([{ setting: 'monitor.token', source: file, expected, came }])
}
