import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases, expectError, expectOk, getCode, registrationOf } from './journey.ts'

describe('lovage user', function () {
  this.timeout(120_000)
  let service: Service
  let codes: Redis
  let browser: Browser
  let account: ReturnType<typeof registrationOf>

  before(async () => {
    service = await startService()
    codes = service.redis(databases.codes)
    browser = createBrowser(service.url)
    for (let count = 0; count < 3; count++) {
      account = registrationOf()
      account.sms_code = await getCode(service, codes, browser, account.mobile)
      expectOk(await browser.post('/register', account))
    }
  })
  after(() => service?.stop())

  const user = (...args: string[]) => runProgram(['user', ...args, '--data-dir', service.dataDir])
  const logIn = () =>
    createBrowser(service.url).post('/login', { username: account.username, password: account.password })

  it('lists accounts by pages, for people and for programs, with masked mobiles', async () => {
    const { code, stdout, stderr } = await user('list', '--limit', '2')
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(
      /^ID +USERNAME +MOBILE +CREATED \(UTC\) +STATE\n1 .*\n2 .*enabled\nthere are more: --after 2\n$/,
    )
    expect(stdout).not.to.contain(account.mobile.slice(3, 7))
    const rest = JSON.parse((await user('list', '--after', '2', '--json')).stdout) as { users: object[]; next: unknown }
    expect(rest.next).to.equal(null)
    expect(rest.users).to.have.length(1)
    expect(rest.users[0]).to.include({ id: 3, username: account.username, state: 'enabled', password: 'set' })
    expect((await user('list', '--newer-than', '1h', '--name', account.username, '--enabled')).stdout).to.contain(
      '\n3 ',
    )
    expect((await user('list', '--disabled')).stdout).to.equal('no such accounts\n')
    expect(await user('list', '--name', "' OR 1=1 --")).to.include({ code: 0, stdout: 'no such accounts\n' })
  })

  it('shows one by its name, its mobile and its number', async () => {
    for (const name of [account.username, account.mobile, 'id:3']) {
      const { stdout } = await user('show', name, '--json')
      const shown = JSON.parse(stdout) as object
      expect(shown).to.include({ id: 3, mobile: `138****${account.mobile.slice(-4)}`, disabled: null })
      expect(stdout).not.to.contain('$2b$').and.not.to.contain(account.mobile)
    }
    expect((await user('show', 'id:3')).stdout).to.match(/^username +visitor_\d+$/m)
  })

  it('disables an account and ends its sessions, and enables it again', async () => {
    expectOk(await browser.get('/info'))
    const disabled = await user('disable', account.username)
    expect(disabled).to.include({ code: 0, stdout: `${account.username}: disabled; its sessions are ended\n` })
    expectError(await browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    expectError(await logIn(), 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    expect((await user('disable', account.username)).stdout).to.contain('was disabled already')
    expect((await user('list', '--disabled')).stdout).to.match(/^3 .*disabled$/m)
    const enabled = JSON.parse((await user('enable', 'id:3', '--json')).stdout) as object
    expect(enabled).to.include({ id: 3, state: 'enabled', done: 'enabled' })
    expect((await user('enable', 'id:3')).stdout).to.contain('was not disabled')
    expectError(await browser.get('/info'), 401, 'LOGIN_REQUIRED', '请登录后重试')
    expectOk(await logIn())
  })

  it('takes a password away until its owner sets one by SMS, and asks before', async () => {
    const asked = await user('reset', account.username)
    expect(asked).to.include({ code: 1, stdout: '' })
    expect(asked.stderr).to.contain('There is no terminal to ask on: expected --force')
    expectOk(await logIn())
    const { code, stdout } = await user('reset', account.username, '-f', '--json')
    expect(code).to.equal(0)
    expect(JSON.parse(stdout)).to.include({ password: 'none', state: 'enabled' })
    expectError(await logIn(), 401, 'LOGIN_WRONG', '您提供的身份信息无法验证！')
    expect((await user('show', 'id:3')).stdout).to.match(/^password +none, until its owner sets one by SMS$/m)
  })

  it('tells of what is not there, and of what it does not understand', async () => {
    for (const command of ['show', 'disable', 'enable', 'reset']) {
      const { code, stderr } = await user(command, 'nobody_here')
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: 'lovage: there is no such account\n' })
    }
    for (const args of [
      ['list', '--limit', '0'],
      ['list', '--after', 'x'],
      ['list', '--newer-than', 'yesterday'],
      ['list', '--enabled', '--disabled'],
      ['show'],
      ['dissable', 'x'],
    ]) {
      expect(await user(...args), args.join(' ')).to.include({ code: 2, stdout: '' })
    }
  })

  it('makes no database where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lv-user-'))
    try {
      const { code, stderr } = await runProgram(['user', 'list', '--data-dir', folder])
      const file = join(folder, 'lovage.sqlite')
      const expected = 'expected the --data-dir of a service, or its DATABASE_URL'
      expect({ code, stderr }).to.deep.equal({
        code: 69,
        stderr: `lovage: there are no accounts in ${file}: ${expected}\n`,
      })
      expect(existsSync(file)).to.equal(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
