import { DataTypes } from 'sequelize'
import type { Migration } from './migration.ts'

export const createUsers: Migration = {
  name: '0001-users',
  async up({ schema, transaction }) {
    const columns = {
      // Never given to a second account, so that a session of a removed one can't become somebody else's.
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      username: { type: DataTypes.STRING(20), allowNull: false, unique: true },
      mobile: { type: DataTypes.STRING(11), allowNull: false, unique: true },
      password_hash: { type: DataTypes.STRING(60), allowNull: false },
      created_at: { type: DataTypes.DATE, allowNull: false },
      updated_at: { type: DataTypes.DATE, allowNull: false },
    }
    await schema.createTable('tb_users', columns, { transaction })
  },
}
