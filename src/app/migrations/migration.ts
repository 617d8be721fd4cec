import type { QueryInterface, Transaction } from 'sequelize'

/** One step of the schema. All that are missing run in one transaction, which every statement must be given. */
export interface Migration {
  /** Its number and subject, such as `0001-users`. It is what the database remembers; never change one. */
  name: string
  up(context: { schema: QueryInterface; transaction: Transaction }): Promise<void>
}
