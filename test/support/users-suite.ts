import { expect } from 'chai'
import type { Sequelize } from 'sequelize'
import { Users } from '../../src/app/users.ts'

/**
 * What `Users` must do on every database.
 *
 * @param open opens a new, empty database with its schema, and tells how to put it away
 */
export function describeUsers(
  databaseName: string,
  open: () => Promise<{ database: Sequelize; close: () => Promise<unknown> }>,
): void {
  describe(`Users on ${databaseName}`, () => {
    let database: Sequelize
    let close: () => Promise<unknown>
    let users: Users
    let last = 0

    before(async () => {
      ;({ database, close } = await open())
      users = new Users(database)
    })
    after(() => close())

    /** An account that no other test has. */
    const newUser = () => {
      last += 1
      return {
        username: `user_${last}`,
        mobile: String(13_800_000_000 + last),
        passwordHash: `$2b$04$${'x'.repeat(53)}`,
      }
    }

    it('creates an account and finds it by id, username and mobile', async () => {
      const user = newUser()
      const creation = await users.create(user)
      if (!('created' in creation)) throw new Error(`expected an account, ${creation.taken} is taken`)
      const { created } = creation
      expect(created).to.deep.include({ ...user, disabledAt: null, passwordChangedAt: null })
      expect(created.createdAt.getTime()).to.be.closeTo(Date.now(), 10_000)
      expect(created.id).to.be.a('number')
      expect(await users.findById(created.id)).to.deep.equal(created)
      expect(await users.findByUsername(user.username)).to.deep.equal(created)
      expect(await users.findByMobile(user.mobile)).to.deep.equal(created)
    })

    it('finds nobody where there is nobody', async () => {
      expect(await users.findById(987_654)).to.equal(undefined)
      expect(await users.findByUsername('nobody')).to.equal(undefined)
      expect(await users.findByMobile('19999999999')).to.equal(undefined)
      expect(await users.findTaken('nobody', '19999999999')).to.equal(undefined)
    })

    it('counts', async () => {
      const { username, mobile } = newUser()
      expect(await users.countByUsername(username)).to.equal(0)
      expect(await users.countByMobile(mobile)).to.equal(0)
      await users.create({ username, mobile, passwordHash: '' })
      expect(await users.countByUsername(username)).to.equal(1)
      expect(await users.countByMobile(mobile)).to.equal(1)
    })

    it('keeps names of any script, and tells upper case from lower', async () => {
      const user = { ...newUser(), username: '青椒\u{20000}_Ab' }
      await users.create(user)
      expect((await users.findByUsername(user.username))?.mobile).to.equal(user.mobile)
      expect(await users.countByUsername('青椒\u{20000}_ab')).to.equal(0)
    })

    it('takes twenty characters, also those of four bytes', async () => {
      const user = { ...newUser(), username: '\u{20000}'.repeat(20) }
      expect(await users.create(user)).to.have.property('created')
    })

    it('tells which value another account has; the username where both are', async () => {
      const [first, second] = [newUser(), newUser()]
      await users.create(first)
      await users.create(second)
      const cases = [
        { username: first.username, mobile: newUser().mobile, taken: 'username' },
        { username: newUser().username, mobile: first.mobile, taken: 'mobile' },
        { username: first.username, mobile: first.mobile, taken: 'username' },
        { username: first.username, mobile: second.mobile, taken: 'username' },
      ]
      for (const { username, mobile, taken } of cases) {
        expect(await users.create({ username, mobile, passwordHash: '' })).to.deep.equal({ taken })
        expect(await users.findTaken(username, mobile)).to.equal(taken)
      }
    })

    it('creates one of ten with the same name at once', async () => {
      const { username } = newUser()
      const creations = await Promise.all(Array.from({ length: 10 }, () => users.create({ ...newUser(), username })))
      expect(creations.filter((creation) => 'created' in creation)).to.have.length(1)
      expect(creations.filter((creation) => 'taken' in creation && creation.taken === 'username')).to.have.length(9)
    })

    it('removes an account, and does not give its id to another', async () => {
      const creation = await users.create(newUser())
      if (!('created' in creation)) throw new Error('expected an account')
      const { id, username } = creation.created
      await users.remove(id)
      await users.remove(id)
      expect(await users.findByUsername(username)).to.equal(undefined)
      const next = await users.create(newUser())
      expect('created' in next && next.created.id).to.be.greaterThan(id)
    })

    it('notes when an account was created', async () => {
      const { username, mobile } = newUser()
      await users.create({ username, mobile, passwordHash: '' })
      const [[row]] = await database.query('SELECT created_at FROM tb_users WHERE username = ?', {
        replacements: [username],
      })
      const createdAt: unknown = Object(row).created_at
      expect(new Date(String(createdAt)).getTime()).to.be.closeTo(Date.now(), 10_000)
    })
  })
}
