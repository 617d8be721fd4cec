import { Readable } from 'node:stream'
import { expect } from 'chai'
import type Koa from 'koa'
import { Users, type UniqueColumn } from '../../../src/app/users.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis } from '../../support/redis-server.ts'
import {
  askForCode,
  expectError,
  expectOk,
  getCode,
  newMobile,
  registerAccount,
  registrationOf,
} from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('what goes wrong half-way', () => {
  let backing: Backing

  beforeEach(async () => {
    backing = await createBacking()
  })
  afterEach(() => backing.close())

  /** The lines of a log with a message, without the fields. */
  const lines = (app: RunningApp, message: string) => app.log.filter((line) => line.message === message)

  describe('a registration whose name was free when it was looked up', () => {
    class BlindUsers extends Users {
      override async findTaken(): Promise<UniqueColumn | undefined> {
        return undefined
      }
    }

    it('is told by the unique columns, and the code goes back', async () => {
      const app = await backing.serve({ users: new BlindUsers(backing.database), codes: { resendSeconds: null } })
      const { username, mobile } = await registerAccount(backing, app)

      const sameName = registrationOf({ username })
      sameName.sms_code = await getCode(backing, app, sameName.mobile)
      expectError(await app.browser.post('/register', sameName), 400, 'USERNAME_TAKEN', '用户名已存在')
      expect(await backing.inspector.exists(`sms_${sameName.mobile}`)).to.equal(1)

      const sameMobile = registrationOf({ mobile, sms_code: await getCode(backing, app, mobile) })
      expectError(await app.browser.post('/register', sameMobile), 400, 'MOBILE_TAKEN', '手机号已存在')
      expect(await backing.inspector.exists(`sms_${mobile}`)).to.equal(1)
    })
  })

  describe('a registration that ends after its time was over', () => {
    it('is undone: no account stays, no session, and the code goes back', async () => {
      let release = (): void => {}
      class LateUsers extends Users {
        override async create(user: Parameters<Users['create']>[0]): ReturnType<Users['create']> {
          await new Promise<void>((resolve) => {
            release = resolve
          })
          return super.create(user)
        }
      }
      const app = await backing.serve({ users: new LateUsers(backing.database), http: { answerTimeoutMs: 500 } })
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      const answer = await app.browser.post('/register', form)
      expectError(answer, 503, 'UNAVAILABLE', '服务暂不可用')
      expect(answer.setCookies).to.deep.equal([])
      release()
      await eventually(async () => expect(await backing.inspector.exists(`sms_${form.mobile}`)).to.equal(1))
      expect(await backing.users.countByUsername(form.username)).to.equal(0)
      expect(await backing.inspector.keys('session_*')).to.deep.equal([])
      expect(lines(app, 'a request failed after its time was over')).to.have.length(1)
    })
  })

  describe('where the undoing fails as well', () => {
    it('tells the first failure when a code cannot be given back, and logs the second', async () => {
      const { database, redis } = backing
      class StoppingUsers extends Users {
        override async findTaken(): Promise<UniqueColumn | undefined> {
          await redis.stop()
          return 'username'
        }
      }
      const app = await backing.serve({ users: new StoppingUsers(database) })
      const form = registrationOf()
      form.sms_code = await getCode(backing, app, form.mobile)
      expectError(await app.browser.post('/register', form), 400, 'USERNAME_TAKEN', '用户名已存在')
      expect(lines(app, 'the code of a request that failed could not be given back')).to.have.length(1)
    })

    it('tells the first failure when an account cannot be removed, and logs the second', async () => {
      class KeepingUsers extends Users {
        override async remove(): Promise<void> {
          throw new Error('no database')
        }
      }
      const sessionsRedis = await startRedis()
      try {
        const app = await backing.serve({ users: new KeepingUsers(backing.database), sessionsRedis })
        const form = registrationOf()
        form.sms_code = await getCode(backing, app, form.mobile)
        await sessionsRedis.stop()
        expectError(await app.browser.post('/register', form), 503, 'UNAVAILABLE', '服务暂不可用')
        const [line] = lines(app, 'a registration that failed could not be undone')
        expect(line?.fields).to.include({ reason: 'Error: no database' })
      } finally {
        await sessionsRedis.stop()
      }
    })

    it('tells the first failure when a code that was not sent cannot be taken back, and logs the second', async () => {
      const sendSmsCode = async () => {
        await backing.redis.stop()
        throw new Error('no queue')
      }
      const app = await backing.serve({ sendSmsCode })
      const answer = await askForCode(backing, app, newMobile())
      expectError(answer, 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
      expect(lines(app, 'a code that was not sent could not be taken back')).to.have.length(2)
    })
  })

  describe('an answer that breaks off', () => {
    const brokenOff: Koa.Middleware = async (ctx, next) => {
      if (!ctx.path.startsWith('/broken')) return next()
      const error = ctx.path.endsWith('client')
        ? Object.assign(new Error('gone'), { code: 'ECONNRESET' })
        : new Error('disk')
      ctx.body = new Readable({ read: () => ctx.body.destroy(error) })
      return undefined
    }

    it('is logged: as an error, or as nothing much where the client has gone', async () => {
      const app = await backing.serve({ mounts: [brokenOff] })
      await app.browser.get('/broken/disk').catch(() => undefined)
      await app.browser.get('/broken/client').catch(() => undefined)
      // Koa may tell of one failure twice: for the stream, and for the answer.
      const levels = lines(app, 'an answer could not be sent in full').map(({ level }) => level)
      expect([...new Set(levels)]).to.deep.equal(['error', 'debug'])
      expectOk(await app.browser.get('/usernames/somebody/count'))
    })
  })
})
