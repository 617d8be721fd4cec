import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sequelize } from 'sequelize'
import { openDatabase } from '../app/database.ts'
import type { Logger } from '../app/logger.ts'
import type { ResolvedSettings } from '../config/settings-types.ts'
import { CommandError } from './command-error.ts'

/** Where the accounts are. */
type DatabasePlace = Pick<ResolvedSettings, 'database' | 'dataDir'>

/** @throws CommandError that says what is wrong with the database */
export async function openUsersDatabase({ database, dataDir }: DatabasePlace, logger: Logger): Promise<Sequelize> {
  try {
    if (database.url === null) await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return await openDatabase(database.url ?? ownDatabase(dataDir), logger)
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/**
 * The same, for a command that is not to make one.
 *
 * @throws CommandError also where there is none
 */
export async function openExistingDatabase(place: DatabasePlace, logger: Logger): Promise<Sequelize> {
  const url = place.database.url ?? ownDatabase(place.dataDir)
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null
  if (file !== null && !existsSync(file)) {
    const expected = 'expected the --data-dir of a service, or its DATABASE_URL'
    throw new CommandError(`there are no accounts in ${file}: ${expected}`, { exit: 'unavailable' })
  }
  return openUsersDatabase(place, logger)
}

function ownDatabase(dataDir: string): string {
  return `sqlite:${join(dataDir, 'lovage.sqlite')}`
}
