import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { lockFolder } from '../../src/redis/embedded-control.ts'
import { acquireLock } from '../../src/redis/lock-file.ts'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { eventually } from '../support/eventually.ts'
import { embeddedRedisPid, runProgram, startService, type Service } from '../support/service.ts'
import { freePort } from './free-port.ts'
import {
  askForCode,
  databases,
  expectError,
  expectOk,
  getCode,
  newMobile,
  receivedCode,
  registrationOf,
} from './journey.ts'

/** How long it may take to be ready again, in milliseconds. */
const backAgainMs = 5_000

describe('Redis goes away', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let browser: Browser

  before(async () => {
    service = await startService()
    codes = service.redis(databases.codes)
    browser = createBrowser(service.url)
  })
  after(() => service?.stop())

  async function killRedis(): Promise<number> {
    const pid = embeddedRedisPid(service.dataDir)
    if (pid === null) throw new Error('expected an embedded Redis, came none')
    process.kill(pid, 'SIGKILL')
    return pid
  }

  const readiness = async (): Promise<number> => (await browser.get('/readyz')).status
  const isReady = () =>
    eventually(async () => expect(await readiness()).to.equal(200), { what: '/readyz', timeoutMs: backAgainMs })

  it('by kill -9: not ready until it is there again, which it is by itself, with all it had', async () => {
    const form = registrationOf()
    form.sms_code = await getCode(service, codes, browser, form.mobile)
    expectOk(await browser.post('/register', form))

    // Nobody can start a server while this is held: time to look.
    const lock = await acquireLock(lockFolder(join(service.dataDir, 'redis')), { timeoutMs: 1_000 })
    const killed = await killRedis()
    const answer = await eventually(async () => {
      const current = await browser.get('/readyz')
      expect(current.status).to.equal(503)
      return current
    })
    expect(answer.json()['causes']).to.include.all.keys('broker', 'sessions', 'codes')
    expect((await browser.get('/livez')).status).to.equal(200)
    expectError(await browser.get('/info'), 503, 'UNAVAILABLE', '服务暂不可用')
    await lock.release()

    await isReady()
    expect(embeddedRedisPid(service.dataDir)).to.be.a('number').and.not.equal(killed)
    expect(expectOk(await browser.get('/info'))['info_data']).to.include({ username: form.username })
    const mobile = newMobile()
    expectOk(await askForCode(codes, browser, mobile))
    await receivedCode(service, mobile)
  })

  it('and again: it is started again as often as it ends', async () => {
    for (let time = 0; time < 2; time += 1) {
      const killed = await killRedis()
      await eventually(async () => expect(embeddedRedisPid(service.dataDir)).to.not.be.oneOf([null, killed]))
      await isReady()
    }
    const mobile = newMobile()
    expectOk(await askForCode(codes, browser, mobile))
    await receivedCode(service, mobile)
  })
})

describe('a Redis that is not there', function () {
  this.timeout(60_000)
  let dataDir: string

  before(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'lv-'))
  })
  after(() => rmSync(dataDir, { recursive: true, force: true }))

  for (const command of ['serve', 'worker']) {
    it(`is named by ${command}, without its password, and SIGTERM ends the wait for it`, async () => {
      const port = await freePort()
      const { code, signal, stdout, stderr } = await runProgram([command, '--data-dir', dataDir], {
        env: { REDIS_URL: `redis://somebody:its_password@127.0.0.1:${port}/0` },
        stopAt: /ECONNREFUSED/,
      })
      expect({ code, signal, stdout }).to.deep.equal({ code: 1, signal: null, stdout: '' })
      expect(stderr).to.include(`connect ECONNREFUSED 127.0.0.1:${port}`)
      expect(stderr).to.include('lovage: SIGTERM came before the start was done')
      expect(stderr).not.to.include('its_password')
    })
  }
})
