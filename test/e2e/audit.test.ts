import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { StoredEntry } from '../../src/app/audit/audit-table.ts'
import { createBrowser } from '../support/cookie-jar.ts'
import { runProgram, startService, type Service } from '../support/service.ts'
import { databases, expectError, expectOk, getCode, newMobile, registrationOf } from './journey.ts'

const wrong = [401, 'LOGIN_WRONG', '您提供的身份信息无法验证！'] as const

describe('lovage audit', function () {
  this.timeout(120_000)
  let service: Service
  let account: ReturnType<typeof registrationOf>
  const nobody = newMobile()

  before(async () => {
    service = await startService({ env: { TRUSTED_PROXIES: 'loopback' } })
    const browser = createBrowser(service.url)
    account = registrationOf()
    account.sms_code = await getCode(service, service.redis(databases.codes), browser, account.mobile)
    expectOk(await browser.post('/register', account))
    const far = { headers: { 'X-Forwarded-For': '2001:db8::7' } }
    const { username, password } = account
    for (let times = 0; times < 3; times++) {
      expectError(await createBrowser(service.url).post('/login', { username: nobody, password }, far), ...wrong)
    }
    expectOk(await createBrowser(service.url).post('/login', { username, password }, far))
    for (const command of ['disable', 'enable']) expect((await run('user', command, username)).code).to.equal(0)
    expect((await run('user', 'reset', username, '-f')).code).to.equal(0)
    // It asks, and nobody is there to answer: nothing is done.
    expect((await run('user', 'reset', username)).code).to.equal(1)
    service.signal('SIGTERM')
    expect((await service.exited).code).to.equal(0)
  })
  after(() => service?.stop())

  const run = (...args: string[]) => runProgram([...args, '--data-dir', service.dataDir])
  const audit = (...args: string[]) => run('audit', ...args)
  async function entries(...args: string[]): Promise<StoredEntry[]> {
    const { code, stdout, stderr } = await audit('--json', ...args)
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    return (JSON.parse(stdout) as { entries: StoredEntry[] }).entries
  }

  it('has everything, the newest in front, also what was written when the service ended', async () => {
    const [reset, enabled, disabled, repeated, ...first] = await sorted()
    const actor = { actor: userInfo().username, address: 'terminal', account: account.username }
    expect(reset).to.include({ event: 'authn_password_change', route: 'lovage user reset', ...actor })
    expect(enabled).to.include({ event: 'user_updated', reason: 'enabled', ...actor })
    expect(disabled).to.include({ event: 'authn_login_lock', reason: 'disabled; its sessions are ended', ...actor })
    expect(first.map(({ event }) => event)).to.deep.equal([
      'authn_login_success',
      'authn_login_fail',
      'user_created',
      'authn_token_created',
    ])
    expect(repeated).to.include({ event: 'authn_login_fail', times: 2, address: '2001:db8::7', userId: null })

    /** The repeats have the time of the first of them, and stand among the others. */
    async function sorted(): Promise<StoredEntry[]> {
      const all = await entries()
      const terminal = all.filter(({ address }) => address === 'terminal')
      const repeats = all.filter(({ times }) => times > 1)
      return [...terminal, ...repeats, ...all.filter((one) => ![...terminal, ...repeats].includes(one))]
    }
  })

  it('is asked by account, event, address and time', async () => {
    const { username, mobile } = account
    for (const name of [username, mobile, 'id:1']) {
      const events = (await entries('--user', name)).map(({ event }) => event)
      expect(events, name).to.have.members([
        'user_created',
        'authn_login_success',
        'authn_login_lock',
        'user_updated',
        'authn_password_change',
      ])
    }
    expect(await entries('--event', 'authn_login_fail')).to.have.length(2)
    expect(await entries('--address', '2001:DB8:0::7')).to.have.length(3)
    expect(await entries('--address', 'terminal', '--event', 'user_updated')).to.have.length(1)
    expect(await entries('--since', '0s')).to.deep.equal([])
    expect(await entries('--since', '1h')).to.have.length(8)
  })

  it('is printed for people', async () => {
    const { code, stdout } = await audit('--limit', '1', '--address', 'terminal')
    expect(code).to.equal(0)
    expect(stdout.split('\n')).to.have.length(6)
    expect(stdout).to.match(/^TIME \(UTC\) .*\n {4}FROM: WHAT\n2\d{3}-.{14} {2}authn_password_change +visitor_\d+\n/)
    expect(stdout).to.match(/: lovage user reset; has no password until .*\nthere are more: --limit, --since\n$/)
    expect((await audit('--event', 'malicious_cors')).stdout).to.equal('no such entries\n')
  })

  it('tells of what is not there, and of what it does not understand', async () => {
    expect(await audit('--user', 'nobody_here')).to.deep.include({
      code: 1,
      stderr: 'lovage: there is no such account\n',
    })
    const address = await audit('--address', 'example.org')
    expect(address).to.include({ code: 2, stdout: '' })
    expect(address.stderr).to.contain('--address: expected an IP address, or terminal, got example.org')
    for (const args of [
      ['--event', 'x'],
      ['--since', 'x'],
      ['--limit', '0'],
      ['--lmit', '1'],
    ]) {
      expect(await audit(...args), args.join(' ')).to.include({ code: 2, stdout: '' })
    }
    const folder = mkdtempSync(join(tmpdir(), 'lv-audit-'))
    try {
      expect(await runProgram(['audit', '--data-dir', folder])).to.include({ code: 69, stdout: '' })
      expect(readdirSync(folder)).to.deep.equal([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is in the log, too, line by line, and nowhere with a secret', async () => {
    const lines = service.printed.stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'audit')
    expect(lines.map(({ event }) => event)).to.deep.equal([
      'authn_token_created',
      'user_created',
      'authn_login_fail',
      'authn_login_fail',
      'authn_login_fail',
      'authn_login_success',
    ])
    const { requestId } = lines[1] ?? {}
    const [stored] = await entries('--event', 'user_created')
    expect(stored?.requestId).to.equal(requestId)
    const { stdout } = await audit('--limit', '1000', '--json')
    const log = JSON.stringify(lines.map(({ requestId: _id, time: _time, ...rest }) => rest))
    for (const secret of [account.mobile, nobody, account.password, account.sms_code]) {
      expect(log).not.to.contain(secret)
      expect(stdout.replaceAll(/"requestId": "[^"]*"/g, '')).not.to.contain(secret)
    }
    const database = readFileSync(join(service.dataDir, 'lovage.sqlite'), 'latin1')
    expect(database).to.contain(account.mobile)
    expect(database).not.to.contain(nobody)
  })
})
