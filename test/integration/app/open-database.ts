import { openDatabase } from '../../../src/app/database.ts'

/** A process for database.test.ts: opens the database of its argument, and prints which migrations ran, or the failure. */
let ran: unknown = []
const logger = {
  debug() {},
  info: (fields: object) => {
    ran = Object(fields).migrations
  },
  warn() {},
  error() {},
}
try {
  const database = await openDatabase(process.argv[2] ?? '', logger)
  await database.query('SELECT count(*) FROM tb_users')
  await database.close()
  process.stdout.write(`${JSON.stringify(ran)}\n`)
} catch (error) {
  process.stdout.write(`${String(error)}\n`)
}
