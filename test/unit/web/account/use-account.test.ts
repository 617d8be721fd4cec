import { expect } from 'chai'
import type { Session } from '../../../../src/web/api.ts'
import { useAccount } from '../../../../src/web/account/use-account.ts'
import { ApiError } from '../../../../src/web/request.ts'

const USER = { username: 'python_01', mobile: '138****8000' }

function sessionOf(id: string, current = false): Session {
  return { id, createdAt: new Date(0), lastSeenAt: new Date(0), address: '', browser: '', current }
}

/** An account with three sessions, and a server that refuses what it is told to. */
function setUp() {
  const server = {
    sessions: [sessionOf('own', true), sessionOf('a'), sessionOf('b')],
    refuse: new Map<string, ApiError>(),
  }
  const asked: string[] = []
  const gone: string[] = []
  async function ask(name: string): Promise<void> {
    asked.push(name)
    const refusal = server.refuse.get(name)
    if (refusal !== undefined) throw refusal
  }
  const account = useAccount({
    loggedOut: (why) => void gone.push(why),
    api: {
      async info() {
        await ask('info')
        return USER
      },
      async sessions() {
        await ask('sessions')
        return server.sessions
      },
      async endSession(id) {
        await ask(`end ${id}`)
        server.sessions = server.sessions.filter((session) => session.id !== id)
      },
      async endOtherSessions() {
        await ask('end others')
        server.sessions = server.sessions.filter(({ current }) => current)
      },
      logout: () => ask('logout'),
    },
  })
  const ids = () => account.sessions.value.map(({ id }) => id)
  return { account, server, asked, gone, ids }
}

const refused = (status: number, errmsg = '') => new ApiError('answered', { status, errmsg })

describe('the account', () => {
  it('is read, and read again after each change', async () => {
    const { account, ids, asked } = setUp()
    expect(account.state.value).to.equal('loading')
    await account.load()
    expect([account.state.value, account.user.value, ids()]).to.deep.equal(['ready', USER, ['own', 'a', 'b']])
    expect(await account.endSession(sessionOf('a'))).to.equal(true)
    expect(ids()).to.deep.equal(['own', 'b'])
    expect(await account.endOthers()).to.equal(true)
    expect(ids()).to.deep.equal(['own'])
    expect(asked.filter((name) => name.startsWith('end'))).to.deep.equal(['end a', 'end others'])
  })

  it('is left by whoever is not logged in, or not any more, or logs out', async () => {
    const { account, server, gone } = setUp()
    server.refuse.set('info', refused(401))
    await account.load()
    expect(gone).to.deep.equal(['ended'])
    server.refuse.set('end a', refused(401))
    expect(await account.endSession(sessionOf('a'))).to.equal(false)
    await account.logout()
    expect(gone).to.deep.equal(['ended', 'ended', 'logout'])
  })

  it('says why it could not be read, and can be read again', async () => {
    const { account, server } = setUp()
    server.refuse.set('sessions', refused(503, '服务暂不可用'))
    await account.load()
    expect([account.state.value, account.alert.value]).to.deep.equal(['failed', '服务暂不可用'])
    server.refuse.clear()
    await account.load()
    expect([account.state.value, account.alert.value]).to.deep.equal(['ready', ''])
  })

  it('stays as it was where a change fails, and says why', async () => {
    const { account, server, ids, gone } = setUp()
    await account.load()
    server.refuse.set('end others', refused(503, '服务暂不可用'))
    server.refuse.set('logout', new ApiError('network'))
    expect(await account.endOthers()).to.equal(false)
    expect([account.alert.value, ids().length]).to.deep.equal(['服务暂不可用', 3])
    await account.logout()
    expect([account.alert.value, gone]).to.deep.equal(['网络连接失败，请检查网络后重试', []])
    expect(account.busy.value).to.equal(undefined)
  })

  it('takes a session that has ended meanwhile for ended', async () => {
    const { account, server } = setUp()
    server.refuse.set('end a', refused(404, '登录会话不存在'))
    expect(await account.endSession(sessionOf('a'))).to.equal(true)
    expect(account.alert.value).to.equal('')
  })

  it('asks for one change at a time', async () => {
    const { account, asked } = setUp()
    await Promise.all([account.endOthers(), account.endSession(sessionOf('a')), account.logout()])
    expect(asked.filter((name) => name !== 'info' && name !== 'sessions')).to.deep.equal(['end others'])
  })
})
