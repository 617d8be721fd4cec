import { expect } from 'chai'
import type { Sequelize } from 'sequelize'
import { Users, type UserFilter } from '../../src/app/users.ts'
import { hostileTexts } from './hostile-texts.ts'

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

    const created = async () => {
      const creation = await users.create(newUser())
      if (!('created' in creation)) throw new Error('expected an account')
      return creation.created
    }

    it('sets a password, unless the account is no longer as it was read', async () => {
      const user = await created()
      expect(await users.changePassword(user, 'first')).to.equal(true)
      const first = await users.findById(user.id)
      expect(first).to.include({ passwordHash: 'first', mobile: user.mobile })
      expect(first?.passwordChangedAt?.getTime()).to.be.closeTo(Date.now(), 10_000)
      expect(await users.changePassword(user, 'second')).to.equal(false)
      if (first === undefined) throw new Error('expected the account')
      await users.setMobile(user.id, newUser().mobile)
      expect(await users.changePassword(first, 'second')).to.equal(false)
      const moved = await users.findById(user.id)
      if (moved === undefined) throw new Error('expected the account')
      await users.setDisabled(user.id, true)
      expect(await users.changePassword(moved, 'second')).to.equal(false)
      expect((await users.findById(user.id))?.passwordHash).to.equal('first')
      expect(await users.setPassword(user.id, 'second')).to.equal(true)
      expect((await users.findById(user.id))?.passwordHash).to.equal('second')
      expect(await users.setPassword(987_654, 'x')).to.equal(false)
    })

    it('sets one of ten passwords at once', async () => {
      const user = await created()
      const set = await Promise.all(Array.from({ length: 10 }, (_, at) => users.changePassword(user, `hash ${at}`)))
      expect(set.filter(Boolean)).to.have.length(1)
      expect((await users.findById(user.id))?.passwordHash).to.equal(`hash ${set.indexOf(true)}`)
    })

    it('replaces a hash that is still there, and no other', async () => {
      const { id, passwordHash: from } = await created()
      expect(await users.replaceHash(id, { from: 'another', to: 'x' })).to.equal(false)
      expect(await users.replaceHash(id, { from, to: 'dearer' })).to.equal(true)
      expect(await users.findById(id)).to.deep.include({ passwordHash: 'dearer', passwordChangedAt: null })
      const changedAt = new Date('2026-01-31T12:00:00.123Z')
      expect(await users.replaceHash(id, { from: 'dearer', to: from }, { changedAt })).to.equal(true)
      expect(await users.findById(id)).to.deep.include({ passwordHash: from, passwordChangedAt: changedAt })
    })

    it('sets a mobile that nobody else has', async () => {
      const [first, second] = [await created(), await created()]
      const { mobile } = newUser()
      expect(await users.setMobile(first.id, mobile)).to.equal(true)
      expect(await users.setMobile(first.id, mobile)).to.equal(true)
      expect(await users.setMobile(second.id, mobile)).to.equal(false)
      expect((await users.findById(second.id))?.mobile).to.equal(second.mobile)
      expect(await users.countByMobile(first.mobile)).to.equal(0)
    })

    it('disables an account once, and enables it', async () => {
      const { id } = await created()
      expect(await users.setDisabled(id, false)).to.equal(false)
      expect(await users.setDisabled(id, true)).to.equal(true)
      const since = (await users.findById(id))?.disabledAt
      expect(since?.getTime()).to.be.closeTo(Date.now(), 10_000)
      expect(await users.setDisabled(id, true)).to.equal(false)
      expect((await users.findById(id))?.disabledAt).to.deep.equal(since)
      expect(await users.setDisabled(id, true)).to.equal(false)
      expect(await users.setDisabled(id, false)).to.equal(true)
      expect((await users.findById(id))?.disabledAt).to.equal(null)
    })

    it('lists accounts, by pages and by what they are', async () => {
      const mine = [await created(), await created(), await created()]
      const [first, second, third] = mine.map(({ id }) => id)
      if (first === undefined || second === undefined || third === undefined) throw new Error('expected three')
      await users.setDisabled(second, true)
      const ids = async (filter: UserFilter & { after?: number; limit?: number } = {}) =>
        (await users.list({ after: first - 1, limit: 50, ...filter })).map(({ id }) => id)
      expect(await ids()).to.deep.equal([first, second, third])
      expect(await ids({ limit: 2 })).to.deep.equal([first, second])
      expect(await ids({ after: second })).to.deep.equal([third])
      expect(await ids({ disabled: true })).to.deep.equal([second])
      expect(await ids({ disabled: false })).to.deep.equal([first, third])
      expect(await ids({ createdSince: new Date(Date.now() + 60_000) })).to.deep.equal([])
      expect(await ids({ createdSince: new Date(Date.now() - 60_000) })).to.deep.equal([first, second, third])
      expect(await ids({ name: mine[2]?.username.slice(1) ?? '' })).to.deep.equal([third])
      expect(await ids({ name: 'user_', disabled: true })).to.deep.equal([second])
      for (const name of ['%', 'user%', 'use__', 'USER', "' OR 1=1 --", '\\', 'x'.repeat(10_000)]) {
        expect(await ids({ name }), name).to.deep.equal([])
      }
    })

    it('takes names, mobiles and hashes as they are, whatever they would mean in SQL', async () => {
      const before = await users.list({ after: 0, limit: 1_000 })
      for (const text of hostileTexts) {
        expect(await users.findByUsername(text)).to.equal(undefined)
        expect(await users.findByMobile(text)).to.equal(undefined)
        expect(await users.findTaken(text, text)).to.equal(undefined)
        expect(await users.list({ after: 0, limit: 50, name: text })).to.deep.equal([])
        const { id } = await created()
        await users.setPassword(id, text)
        expect((await users.findById(id))?.passwordHash).to.equal(text)
        expect(await users.replaceHash(id, { from: text, to: 'x' })).to.equal(true)
        await users.remove(id)
      }
      expect(await users.list({ after: 0, limit: 1_000 })).to.deep.equal(before)
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
