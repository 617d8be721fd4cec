import { DataTypes } from 'sequelize'
import type { Migration } from './migration.ts'

/** Accounts can be disabled, and tell when their password was set anew. */
export const extendAccounts: Migration = {
  name: '0002-accounts',
  async up({ schema, transaction }) {
    for (const column of ['disabled_at', 'password_changed_at']) {
      await schema.addColumn('tb_users', column, { type: DataTypes.DATE, allowNull: true }, { transaction })
    }
  },
}
