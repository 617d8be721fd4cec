import { openDatabase } from '../../../src/app/database.ts'

/** Opens the database whose URL is the first argument, and prints the migrations that ran: a process for database.test.ts. */
let ran: unknown = []
const logger = {
  debug() {},
  info: (fields: object) => {
    ran = Object(fields).migrations
  },
  warn() {},
  error() {},
}
const database = await openDatabase(process.argv[2] ?? '', logger)
await database.query('SELECT count(*) FROM tb_users')
await database.close()
process.stdout.write(`${JSON.stringify(ran)}\n`)
