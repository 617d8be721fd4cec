import { createUsers } from './0001-users.ts'
import { extendAccounts } from './0002-accounts.ts'
import { createAudit } from './0003-audit.ts'
import type { Migration } from './migration.ts'

/** The steps that make the schema, in order. New ones go to the end. */
export const ALL_MIGRATIONS: readonly Migration[] = [createUsers, extendAccounts, createAudit]
