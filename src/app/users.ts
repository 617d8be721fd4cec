import {
  DataTypes,
  Op,
  UniqueConstraintError,
  col,
  fn,
  where as compare,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
  type WhereOptions,
} from 'sequelize'

/** An account. */
export interface User {
  id: number
  username: string
  mobile: string
  /** bcrypt's; anything else is no password's. */
  passwordHash: string
  createdAt: Date
  /** Since when nobody may log in to it; null: it is in use. */
  disabledAt: Date | null
  /** When its password was set anew, whoever did it; null: it is the first one. A hash of a higher cost is no new password. */
  passwordChangedAt: Date | null
}

/** What an account begins with. */
export type NewUser = Pick<User, 'username' | 'mobile' | 'passwordHash'>

/** What no two accounts share, in the order in which a conflict is told. */
export type UniqueColumn = 'username' | 'mobile'

/** How a creation ended: with the account, or with the column whose value another account has. */
export type Creation = { created: User } | { taken: UniqueColumn }

/** Which accounts are meant. */
export interface UserFilter {
  /** Part of the username, as it is written. */
  name?: string
  disabled?: boolean
  createdSince?: Date
}

interface UserRow extends Model<InferAttributes<UserRow>, InferCreationAttributes<UserRow>> {
  id: CreationOptional<number>
  username: string
  mobile: string
  passwordHash: string
  createdAt: CreationOptional<Date>
  disabledAt: CreationOptional<Date | null>
  passwordChangedAt: CreationOptional<Date | null>
}

/** The accounts, in the table `tb_users`. Names are compared as they are stored: case matters, NFKC is the caller's job. */
export class Users {
  readonly #rows: ModelStatic<UserRow>
  /** The database's function that tells where a text is within another, from 1 on. */
  readonly #position: string

  constructor(database: Sequelize) {
    this.#position = database.getDialect() === 'postgres' ? 'strpos' : 'instr'
    this.#rows = database.define<UserRow>(
      'User',
      {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
        username: { type: DataTypes.STRING(20), allowNull: false, unique: true },
        mobile: { type: DataTypes.STRING(11), allowNull: false, unique: true },
        passwordHash: { type: DataTypes.STRING(60), allowNull: false },
        createdAt: { type: DataTypes.DATE, allowNull: false },
        disabledAt: { type: DataTypes.DATE },
        passwordChangedAt: { type: DataTypes.DATE },
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

  /**
   * Accounts in the order of their ids.
   *
   * @param page.after only those with a higher id
   * @param page.limit most of them
   */
  async list(page: UserFilter & { after: number; limit: number }): Promise<User[]> {
    const { name, disabled, createdSince, after, limit } = page
    const conditions: WhereOptions<UserRow>[] = [{ id: { [Op.gt]: after } }]
    // Not LIKE, to which some characters of a name mean others.
    if (name !== undefined) conditions.push(compare(fn(this.#position, col('username'), name), Op.gt, 0))
    if (disabled !== undefined) conditions.push({ disabledAt: { [disabled ? Op.not : Op.is]: null } })
    if (createdSince !== undefined) conditions.push({ createdAt: { [Op.gte]: createdSince } })
    const rows = await this.#rows.findAll({ where: { [Op.and]: conditions }, order: [['id', 'ASC']], limit })
    return rows.map(plain)
  }

  /** Creates an account. Two at once with one name or mobile: one is created, the other is told what is taken. */
  async create(user: NewUser): Promise<Creation> {
    try {
      return { created: plain(await this.#rows.create({ ...user, disabledAt: null, passwordChangedAt: null })) }
    } catch (error) {
      if (!(error instanceof UniqueConstraintError)) throw error
      const taken = await this.#findViolated(error, user)
      if (taken === undefined) throw error
      return { taken }
    }
  }

  /** Sets a new password, whatever the account is like by now. @returns whether there is the account */
  async setPassword(id: number, passwordHash: string): Promise<boolean> {
    return this.#change({ passwordHash, passwordChangedAt: new Date() }, { id })
  }

  /**
   * Sets a new password for somebody who was found to own the account. Nothing is done where it was disabled, or its
   * password or mobile set anew, since the account was read.
   *
   * @returns whether it was done
   */
  async changePassword({ id, mobile, passwordChangedAt }: User, passwordHash: string): Promise<boolean> {
    const unchanged = { id, mobile, passwordChangedAt, disabledAt: null }
    return this.#change({ passwordHash, passwordChangedAt: new Date() }, unchanged)
  }

  /**
   * Puts another hash in the place of one, if that is still the account's.
   *
   * @param options.changedAt when that password was set; default: the password is the same
   * @returns whether it was
   */
  async replaceHash(
    id: number,
    { from, to }: { from: string; to: string },
    options: { changedAt?: Date | null } = {},
  ): Promise<boolean> {
    const { changedAt } = options
    const change = changedAt === undefined ? {} : { passwordChangedAt: changedAt }
    return this.#change({ passwordHash: to, ...change }, { id, passwordHash: from })
  }

  /** @returns whether it was set: false where another account has the mobile, also when it was faster just now */
  async setMobile(id: number, mobile: string): Promise<boolean> {
    try {
      return await this.#change({ mobile }, { id })
    } catch (error) {
      if (error instanceof UniqueConstraintError) return false
      throw error
    }
  }

  /** @returns whether that changed anything: an account that is disabled keeps the time since when */
  async setDisabled(id: number, disabled: boolean): Promise<boolean> {
    const was = { id, disabledAt: disabled ? { [Op.is]: null } : { [Op.not]: null } }
    return this.#change({ disabledAt: disabled ? new Date() : null }, was)
  }

  /** Removes an account. No error where there is none. */
  async remove(id: number): Promise<void> {
    await this.#rows.destroy({ where: { id } })
  }

  async #change(values: Partial<Omit<User, 'id' | 'createdAt'>>, where: WhereOptions<UserRow>): Promise<boolean> {
    const [count] = await this.#rows.update(values, { where })
    return count > 0
  }

  /** The database names one column, though both may be taken; so where it is the mobile, the username is looked up. */
  async #findViolated(error: UniqueConstraintError, user: NewUser): Promise<UniqueColumn | undefined> {
    if (violates(error, 'username')) return 'username'
    return (await this.findTaken(user.username, user.mobile)) ?? (violates(error, 'mobile') ? 'mobile' : undefined)
  }

  async #find(where: Partial<Pick<User, 'id' | UniqueColumn>>): Promise<User | undefined> {
    const row = await this.#rows.findOne({ where })
    return row === null ? undefined : plain(row)
  }
}

function plain(row: UserRow): User {
  const { id, username, mobile, passwordHash, createdAt, disabledAt, passwordChangedAt } = row
  return { id, username, mobile, passwordHash, createdAt, disabledAt, passwordChangedAt }
}

/** SQLite's dialect gives the columns as a list, PostgreSQL's as an object by column, whatever the types say. */
function violates(error: UniqueConstraintError, column: UniqueColumn): boolean {
  const fields: unknown = error.fields
  return Array.isArray(fields) ? fields.includes(column) : Object.hasOwn(error.fields, column)
}
