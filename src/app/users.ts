import {
  DataTypes,
  UniqueConstraintError,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** An account. */
export interface User {
  id: number
  username: string
  mobile: string
  /** bcrypt's. */
  passwordHash: string
}

/** What no two accounts share, in the order in which a conflict is told. */
export type UniqueColumn = 'username' | 'mobile'

/** How a creation ended: with the account, or with the column whose value another account has. */
export type Creation = { created: User } | { taken: UniqueColumn }

interface UserRow extends Model<InferAttributes<UserRow>, InferCreationAttributes<UserRow>> {
  id: CreationOptional<number>
  username: string
  mobile: string
  passwordHash: string
}

/** The accounts, in the table `tb_users`. Names are compared as they are stored: case matters, NFKC is the caller's job. */
export class Users {
  readonly #rows: ModelStatic<UserRow>

  constructor(database: Sequelize) {
    this.#rows = database.define<UserRow>(
      'User',
      {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
        username: { type: DataTypes.STRING(20), allowNull: false, unique: true },
        mobile: { type: DataTypes.STRING(11), allowNull: false, unique: true },
        passwordHash: { type: DataTypes.STRING(60), allowNull: false },
      },
      { tableName: 'tb_users', underscored: true },
    )
  }

  async findById(id: number): Promise<User | undefined> {
    return this.#find({ id })
  }

  async findByUsername(username: string): Promise<User | undefined> {
    return this.#find({ username })
  }

  async findByMobile(mobile: string): Promise<User | undefined> {
    return this.#find({ mobile })
  }

  /** How many accounts have the name: 0 or 1. */
  async countByUsername(username: string): Promise<number> {
    return this.#rows.count({ where: { username } })
  }

  /** How many accounts have the mobile: 0 or 1. */
  async countByMobile(mobile: string): Promise<number> {
    return this.#rows.count({ where: { mobile } })
  }

  /** Which of the values another account has; the username where it has both. `undefined` where they are free. */
  async findTaken(username: string, mobile: string): Promise<UniqueColumn | undefined> {
    if ((await this.countByUsername(username)) > 0) return 'username'
    return (await this.countByMobile(mobile)) > 0 ? 'mobile' : undefined
  }

  /** Creates an account. Two at once with one name or mobile: one is created, the other is told what is taken. */
  async create(user: Omit<User, 'id'>): Promise<Creation> {
    try {
      return { created: plain(await this.#rows.create(user)) }
    } catch (error) {
      if (!(error instanceof UniqueConstraintError)) throw error
      const taken = await this.#findViolated(error, user)
      if (taken === undefined) throw error
      return { taken }
    }
  }

  /** Removes an account. No error where there is none. */
  async remove(id: number): Promise<void> {
    await this.#rows.destroy({ where: { id } })
  }

  /** The database names one column, though both may be taken; so where it is the mobile, the username is looked up. */
  async #findViolated(error: UniqueConstraintError, user: Omit<User, 'id'>): Promise<UniqueColumn | undefined> {
    if (violates(error, 'username')) return 'username'
    return (await this.findTaken(user.username, user.mobile)) ?? (violates(error, 'mobile') ? 'mobile' : undefined)
  }

  async #find(where: Partial<Pick<User, 'id' | UniqueColumn>>): Promise<User | undefined> {
    const row = await this.#rows.findOne({ where })
    return row === null ? undefined : plain(row)
  }
}

function plain({ id, username, mobile, passwordHash }: UserRow): User {
  return { id, username, mobile, passwordHash }
}

/** SQLite's dialect gives the columns as a list, PostgreSQL's as an object by column, whatever the types say. */
function violates(error: UniqueConstraintError, column: UniqueColumn): boolean {
  const fields: unknown = error.fields
  return Array.isArray(fields) ? fields.includes(column) : Object.hasOwn(error.fields, column)
}
