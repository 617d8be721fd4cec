import { DataTypes } from 'sequelize'
import type { Migration } from './migration.ts'

/** Who did what, when and from where. */
export const createAudit: Migration = {
  name: '0003-audit',
  async up({ schema, transaction }) {
    const columns = {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
      at: { type: DataTypes.DATE, allowNull: false },
      event: { type: DataTypes.STRING(40), allowNull: false },
      level: { type: DataTypes.STRING(8), allowNull: false },
      // No foreign key: what is told of an account outlives it.
      user_id: { type: DataTypes.INTEGER },
      account: { type: DataTypes.STRING(20) },
      actor: { type: DataTypes.STRING(32) },
      mobile: { type: DataTypes.STRING(11) },
      address: { type: DataTypes.STRING(45), allowNull: false },
      request_id: { type: DataTypes.STRING(36) },
      route: { type: DataTypes.STRING(64), allowNull: false },
      reason: { type: DataTypes.STRING(100) },
      user_agent: { type: DataTypes.STRING(64) },
      times: { type: DataTypes.INTEGER, allowNull: false },
      last_at: { type: DataTypes.DATE },
    }
    await schema.createTable('tb_audit', columns, { transaction })
    for (const column of ['at', 'user_id']) await schema.addIndex('tb_audit', [column], { transaction })
  },
}
