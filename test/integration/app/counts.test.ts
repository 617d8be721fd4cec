import { expect } from 'chai'
import { expectError, expectOk, newMobile, registerAccount } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('GET /usernames/:username/count and /mobiles/:mobile/count', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve()
  })
  after(() => backing.close())

  it('counts 0 where nobody has it, 1 where somebody has', async () => {
    const mobile = newMobile()
    const name = '数数的人_1'
    const paths = [`/usernames/${encodeURIComponent(name)}/count`, `/mobiles/${mobile}/count`]
    for (const path of paths) expect(expectOk(await app.browser.get(path))['count']).to.equal(0)
    await backing.users.create({ username: name, mobile, passwordHash: '' })
    for (const path of paths) expect(expectOk(await app.browser.get(path))['count']).to.equal(1)
    const wide = `/usernames/${encodeURIComponent('数数的人＿１')}/count`
    expect(expectOk(await app.browser.get(wide))['count']).to.equal(1)
  })

  it('refuses what is malformed', async () => {
    for (const name of ['abc', 'some-name', '13800000000', '%00%00%00%00%00']) {
      expectError(await app.browser.get(`/usernames/${name}/count`), 400, 'USERNAME_FORMAT', '用户名格式有误')
    }
    for (const mobile of ['1380000000', '12800000000', 'abc', '13800000000%0A']) {
      expectError(await app.browser.get(`/mobiles/${mobile}/count`), 400, 'MOBILE_FORMAT', '手机号格式有误')
    }
  })

  it('tells of no mobile where revealMobiles is false', async () => {
    const app = await backing.serve({ accounts: { revealMobiles: false } })
    const { mobile, username } = await registerAccount(backing, app)
    expect(expectOk(await app.browser.get(`/mobiles/${mobile}/count`))['count']).to.equal(0)
    expect(expectOk(await app.browser.get(`/usernames/${username}/count`))['count']).to.equal(1)
    expectError(await app.browser.get('/mobiles/123/count'), 400, 'MOBILE_FORMAT', '手机号格式有误')
    const revealing = await backing.serve()
    expect(expectOk(await revealing.browser.get(`/mobiles/${mobile}/count`))['count']).to.equal(1)
  })
})
