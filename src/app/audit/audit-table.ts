import {
  DataTypes,
  Op,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
  type WhereOptions,
} from 'sequelize'
import type { AuditEntry } from './entry.ts'
import { AUDIT_EVENTS, type AuditLevel } from './events.ts'

const TABLE = 'tb_audit'

/** An entry as the table has it. */
export interface StoredEntry extends Omit<AuditEntry, 'event'> {
  /** One of `AUDIT_EVENTS`, or of a newer version's. */
  readonly event: string
  readonly level: AuditLevel
}

/** Which entries are meant. */
export interface AuditFilter {
  userId?: number
  event?: string
  /** Those that happened at this time or later; of what was repeated, the first time counts. */
  since?: Date
  /** In canonical form. */
  address?: string
}

interface AuditRow extends Model<InferAttributes<AuditRow>, InferCreationAttributes<AuditRow>> {
  id: CreationOptional<number>
  at: Date
  event: string
  level: AuditLevel
  userId: number | null
  account: string | null
  actor: string | null
  mobile: string | null
  address: string
  requestId: string | null
  route: string
  reason: string | null
  userAgent: string | null
  times: number
  lastAt: Date | null
}

/** The entries of the audit, in the table `tb_audit`. They are added and, when they are old, removed; none is ever changed. */
export class AuditTable {
  readonly #database: Sequelize
  readonly #rows: ModelStatic<AuditRow>

  constructor(database: Sequelize) {
    this.#database = database
    this.#rows = database.define<AuditRow>(
      'AuditEntry',
      {
        id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
        at: DataTypes.DATE,
        event: DataTypes.STRING,
        level: DataTypes.STRING,
        userId: DataTypes.INTEGER,
        account: DataTypes.STRING,
        actor: DataTypes.STRING,
        mobile: DataTypes.STRING,
        address: DataTypes.STRING,
        requestId: DataTypes.STRING,
        route: DataTypes.STRING,
        reason: DataTypes.STRING,
        userAgent: DataTypes.STRING,
        times: DataTypes.INTEGER,
        lastAt: DataTypes.DATE,
      },
      { tableName: TABLE, underscored: true, timestamps: false },
    )
  }

  /** Adds all of them, or none. As rows, not as models: of many entries those would keep all requests waiting while they are made. */
  async add(entries: readonly AuditEntry[]): Promise<void> {
    const rows = entries.map(({ userId, requestId, userAgent, lastAt, ...entry }) => ({
      ...entry,
      level: AUDIT_EVENTS[entry.event],
      user_id: userId,
      request_id: requestId,
      user_agent: userAgent,
      last_at: lastAt,
    }))
    await this.#database.getQueryInterface().bulkInsert(TABLE, rows)
  }

  /** The newest ones, the newest in front. @param limit most of them */
  async list({ userId, event, since, address }: AuditFilter, limit: number): Promise<StoredEntry[]> {
    const where: WhereOptions<AuditRow> = {
      ...(userId !== undefined && { userId }),
      ...(event !== undefined && { event }),
      ...(address !== undefined && { address }),
      ...(since !== undefined && { at: { [Op.gte]: since } }),
    }
    const order: [string, string][] = [
      ['at', 'DESC'],
      ['id', 'DESC'],
    ]
    const rows = await this.#rows.findAll({ where, order, limit })
    return rows.map((row) => {
      const { id: _id, ...entry } = row.get({ plain: true })
      return entry
    })
  }

  /**
   * Removes some of the entries that are not to be kept, the oldest first.
   *
   * @param rule.before those that are older than this
   * @param rule.maxRows and those beyond so many, counted from the newest
   * @param rule.limit most that are removed by one call, so that nobody waits long for it
   * @returns how many were removed
   */
  async removeOld({ before, maxRows, limit }: { before: Date; maxRows: number; limit: number }): Promise<number> {
    // By the place in the order, as ids have gaps: of PostgreSQL's, whatever was not added after all has taken one.
    const beyond = await this.#rows.findOne({ attributes: ['id'], order: [['id', 'DESC']], offset: maxRows })
    const conditions: WhereOptions<AuditRow>[] = [{ at: { [Op.lt]: before } }]
    if (beyond !== null) conditions.push({ id: { [Op.lte]: beyond.id } })
    const where = { [Op.or]: conditions }
    const old = await this.#rows.findAll({ attributes: ['id'], where, order: [['id', 'ASC']], limit })
    return old.length === 0 ? 0 : this.#rows.destroy({ where: { id: old.map(({ id }) => id) } })
  }
}
