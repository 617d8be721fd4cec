import { expect } from 'chai'
import { Users, type User } from '../../../src/app/users.ts'
import { createBrowser } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis } from '../../support/redis-server.ts'
import { expectError, expectOk, getCode, newMobile, registerAccount } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

const same = (password: string) => ({ password, password2: password })

describe('what happens to accounts at the same time, or half-way', () => {
  let backing: Backing

  before(async () => {
    backing = await createBacking()
  })
  after(() => backing.close())

  const lines = (app: RunningApp, message: string) => app.log.filter((line) => line.message === message)

  describe('when the sessions cannot be ended', () => {
    /** Stops a Redis when a password has been set. */
    class StoppingUsers extends Users {
      stop: () => Promise<unknown> = async () => undefined
      override async changePassword(user: User, passwordHash: string): Promise<boolean> {
        const changed = await super.changePassword(user, passwordHash)
        await this.stop()
        return changed
      }
    }

    it('a forgotten password stays as it was, and the code goes back', async () => {
      const sessionsRedis = await startRedis()
      const users = new StoppingUsers(backing.database)
      try {
        const app = await backing.serve({ users, sessionsRedis, codes: { resendSeconds: null } })
        const { mobile } = await registerAccount(backing, app)
        const before = await users.findByMobile(mobile)
        const sms_code = await getCode(backing, app, mobile, 'reset')
        users.stop = () => sessionsRedis.stop()
        const form = { mobile, sms_code, ...same('another_one') }
        expectError(await app.browser.post('/password/reset', form), 503, 'UNAVAILABLE', '服务暂不可用')
        expect(await users.findByMobile(mobile)).to.deep.equal(before)
        expect(await backing.inspector.exists(`sms_reset_${mobile}`)).to.equal(1)

        users.stop = async () => undefined
        const again = await backing.serve({ users })
        expectOk(await again.browser.post('/password/reset', form))
        expectOk(await again.browser.post('/login', { username: mobile, password: 'another_one' }))
      } finally {
        await sessionsRedis.stop()
      }
    })

    it('another password does not take the place of the present one', async () => {
      const sessionsRedis = await startRedis()
      const users = new StoppingUsers(backing.database)
      try {
        const app = await backing.serve({ users, sessionsRedis })
        const { mobile, password } = await registerAccount(backing, app)
        const before = await users.findByMobile(mobile)
        users.stop = () => sessionsRedis.stop()
        const json = { old_password: password, ...same('another_one') }
        expectError(await app.browser.request('PUT', '/password', { json }), 503, 'UNAVAILABLE', '服务暂不可用')
        expect(await users.findByMobile(mobile)).to.deep.equal(before)
      } finally {
        await sessionsRedis.stop()
      }
    })

    it('tells the first failure when the database goes as well, and logs the second', async () => {
      class FailingUsers extends StoppingUsers {
        override async replaceHash(): Promise<boolean> {
          throw new Error('no database')
        }
      }
      const sessionsRedis = await startRedis()
      const users = new FailingUsers(backing.database)
      try {
        const app = await backing.serve({ users, sessionsRedis })
        const { password } = await registerAccount(backing, app)
        users.stop = () => sessionsRedis.stop()
        const json = { old_password: password, ...same('another_one') }
        expectError(await app.browser.request('PUT', '/password', { json }), 503, 'UNAVAILABLE', '服务暂不可用')
        const [line] = lines(app, 'a new password that failed could not be undone')
        expect(line?.fields).to.include({ reason: 'Error: no database' })
      } finally {
        await sessionsRedis.stop()
      }
    })
  })

  describe('a login that is under way', () => {
    /** Does something when an account has been read for a login: its password is compared after that. */
    class InterruptedUsers extends Users {
      meanwhile: ((user: User) => Promise<unknown>) | undefined
      override async findByUsername(username: string): Promise<User | undefined> {
        const user = await super.findByUsername(username)
        const { meanwhile } = this
        this.meanwhile = undefined
        if (user !== undefined) await meanwhile?.(user)
        return user
      }
    }

    for (const [what, meanwhile] of [
      ['the password is set anew', (users: Users, { id }: User) => users.setPassword(id, '!')],
      ['the account is disabled', (users: Users, { id }: User) => users.setDisabled(id, true)],
      ['the account is removed', (users: Users, { id }: User) => users.remove(id)],
    ] as const) {
      it(`leaves no session when ${what}`, async () => {
        const users = new InterruptedUsers(backing.database)
        const app = await backing.serve({ users, codes: { resendSeconds: null } })
        const { username, password } = await registerAccount(backing, app)
        app.browser.cookies.clear()
        const before = await backing.inspector.keys('session*')
        users.meanwhile = (user) => meanwhile(users, user)
        const answer = await app.browser.post('/login', { username, password })
        expectError(answer, 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
        expect([...app.browser.cookies.keys()]).to.deep.equal([])
        expect(await backing.inspector.keys('session*')).to.have.members(before)
      })
    }

    it('is not disturbed by a change of the mobile', async () => {
      const users = new InterruptedUsers(backing.database)
      const app = await backing.serve({ users })
      const { username, password } = await registerAccount(backing, app)
      users.meanwhile = ({ id }) => users.setMobile(id, newMobile())
      expectOk(await app.browser.post('/login', { username, password }))
    })
  })

  describe('a hash of a lower cost', () => {
    it('is replaced after a login, and that changes nothing else', async () => {
      const cheap = await backing.serve({ accounts: { bcryptCost: 4 }, codes: { resendSeconds: null } })
      const { username, password } = await registerAccount(backing, cheap)
      const before = await backing.users.findByUsername(username)
      const dear = await backing.serve({ accounts: { bcryptCost: 5 } })
      expectOk(await dear.browser.post('/login', { username, password }))
      await eventually(async () => {
        expect((await backing.users.findByUsername(username))?.passwordHash).to.match(/^\$2b\$05\$/)
      })
      const now = await backing.users.findByUsername(username)
      expect({ ...now, passwordHash: '' }).to.deep.equal({ ...before, passwordHash: '' })
      expectOk(await cheap.browser.get('/info'))
      expectOk(await cheap.browser.post('/login', { username, password }))
      expectError(
        await createBrowser(dear.url).post('/login', { username, password: 'x' }),
        401,
        'LOGIN_WRONG',
        '您提供的身份信息无法验证！',
      )
      expect((await backing.users.findByUsername(username))?.passwordHash).to.equal(now?.passwordHash)
    })

    it('stays after a wrong password', async () => {
      const app = await backing.serve()
      const { username } = await registerAccount(backing, app)
      const before = await backing.users.findByUsername(username)
      const dear = await backing.serve({ accounts: { bcryptCost: 5 } })
      await dear.browser.post('/login', { username, password: 'not_the_one' })
      // What would replace it goes first: hashes are made one after another.
      expectOk(await dear.browser.post('/login', await registerAccount(backing, dear)))
      expect(await backing.users.findByUsername(username)).to.deep.equal(before)
    })

    it('does not overwrite a password that was set meanwhile', async () => {
      const calls: { from: string; to: string; replaced: boolean }[] = []
      class SlowUsers extends Users {
        override async replaceHash(id: number, hashes: { from: string; to: string }): Promise<boolean> {
          await this.setPassword(id, 'set meanwhile')
          const replaced = await super.replaceHash(id, hashes)
          calls.push({ ...hashes, replaced })
          return replaced
        }
      }
      const { username, password } = await registerAccount(backing, await backing.serve())
      const dear = await backing.serve({ users: new SlowUsers(backing.database), accounts: { bcryptCost: 5 } })
      expectOk(await dear.browser.post('/login', { username, password }))
      await eventually(() => expect(calls).to.have.length(1))
      expect(calls[0]?.replaced).to.equal(false)
      expect((await backing.users.findByUsername(username))?.passwordHash).to.equal('set meanwhile')
    })

    it('fails no login when it cannot be replaced', async () => {
      class FailingUsers extends Users {
        override async replaceHash(): Promise<boolean> {
          throw new Error('no database')
        }
      }
      const { username, password } = await registerAccount(backing, await backing.serve())
      const dear = await backing.serve({ users: new FailingUsers(backing.database), accounts: { bcryptCost: 5 } })
      expectOk(await dear.browser.post('/login', { username, password }))
      await eventually(() => expect(lines(dear, 'a hash of a lower cost could not be replaced')).to.have.length(1))
      expectOk(await dear.browser.get('/info'))
    })
  })
})
