import { join } from 'node:path'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { QueryTypes } from 'sequelize'
import { openDatabase } from '../../src/app/database.ts'
import { createBrowser, type Browser } from '../support/cookie-jar.ts'
import { MemoryLog } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { embeddedRedisPid, startService, type Service } from '../support/service.ts'
import { askForCode, databases, expectError, expectOk, newMobile, receivedCode } from './journey.ts'

describe('faults of the service', function () {
  this.timeout(60_000)
  let service: Service
  let codes: Redis
  let broker: Redis
  let browser: Browser

  before(async () => {
    const noDelays = { LOGIN_FREE_TRIES: 'none', LOGIN_FREE_TRIES_PER_ADDRESS: 'none' }
    service = await startService({ env: { BCRYPT_COST: '10', ...noDelays } })
    codes = service.redis(databases.codes)
    broker = service.redis(databases.broker)
    browser = createBrowser(service.url)
  })
  after(() => service?.stop())

  it('a queue that takes no message: 503 SMS_UNAVAILABLE, and the mobile is free to ask again', async () => {
    const mobile = newMobile()
    await broker.set('celery', 'not a list')
    expectError(await askForCode(codes, browser, mobile), 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
    expect(await codes.exists(`send_flag_${mobile}`, `sms_${mobile}`)).to.equal(0)
    await broker.del('celery')
    expectOk(await askForCode(codes, browser, mobile))
    await receivedCode(service, mobile)
  })

  it('a Redis that does not answer: 503 UNAVAILABLE, and it goes on by itself afterwards', async () => {
    const pid = embeddedRedisPid(service.dataDir)
    if (pid === null) throw new Error('expected an embedded Redis, came none')
    process.kill(pid, 'SIGSTOP')
    try {
      const answer = await browser.get('/image_codes/0b5ac3ab-2e53-4e0a-9d8b-0d6ac1cd0f5e')
      expectError(answer, 503, 'UNAVAILABLE', '服务暂不可用')
      const readiness = await browser.get('/readyz')
      expect(readiness.status).to.equal(503)
      expect(readiness.json()['causes']).to.include.all.keys('broker', 'sessions', 'codes')
      expect((await browser.get('/livez')).status).to.equal(200)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await eventually(async () => expect((await browser.get('/readyz')).status).to.equal(200))
    const mobile = newMobile()
    expectOk(await askForCode(codes, browser, mobile))
    await receivedCode(service, mobile)
  })

  it('a database without its table: 500 INTERNAL with the id of the request and nothing else', async () => {
    const database = await openDatabase(`sqlite:${join(service.dataDir, 'lovage.sqlite')}`, new MemoryLog())
    try {
      await database.query('ALTER TABLE tb_users RENAME TO tb_away', { type: QueryTypes.RAW })
      const answer = await browser.get('/usernames/somebody/count')
      const { request_id: id, ...rest } = expectError(answer, 500, 'INTERNAL', '服务器内部错误')
      expect(rest).to.have.all.keys('code', 'errmsg', 'error')
      expect(answer.headers.get('X-Request-Id')).to.equal(id)
      const line = service.printed.log().find(({ requestId, msg }) => requestId === id && msg === 'request failed')
      expect(line?.['reason']).to.contain('tb_users')
    } finally {
      await database.query('ALTER TABLE tb_away RENAME TO tb_users', { type: QueryTypes.RAW })
      await database.close()
    }
  })

  it('more passwords to check than can wait: 503 BUSY with Retry-After, while the rest is served', async () => {
    const form = { username: 'nobody_here', password: 'secret_password' }
    const answers = await Promise.all(Array.from({ length: 80 }, () => browser.post('/login', form)))
    const busy = answers.filter(({ status }) => status === 503)
    const refused = answers.filter(({ status }) => status === 401)
    expect(busy).to.have.length.within(1, 29)
    expect(refused).to.have.length(80 - busy.length)
    for (const answer of busy) {
      expectError(answer, 503, 'BUSY', '系统繁忙，请稍后再试')
      expect(answer.headers.get('Retry-After')).to.equal('1')
    }
  })
})
