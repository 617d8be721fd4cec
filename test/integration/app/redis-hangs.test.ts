import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { connect, ready } from '../../../src/redis/connection.ts'
import type { Answer } from '../../support/cookie-jar.ts'
import { eventually } from '../../support/eventually.ts'
import { FreezableProxy } from '../../support/freezable-proxy.ts'
import { expectError, expectOk, newMobile, readCaptcha, silent } from './app-fixtures.ts'
import { createBacking, type AppOptions, type Backing, type RunningApp } from './app-harness.ts'

/** How long a request may wait for Redis here, and the longest that its answer may then take, in milliseconds. */
const redisWaitMs = 400
const answerMs = 900

describe('when the Redis of the codes hangs in the middle of a request', () => {
  let backing: Backing
  let proxy: FreezableProxy

  beforeEach(async () => {
    backing = await createBacking()
    proxy = await FreezableProxy.start({ path: backing.redis.socketPath })
  })
  afterEach(async () => {
    await backing.close()
    await proxy.stop()
  })

  /** An app whose way to the codes goes through the proxy. */
  async function serve(options: AppOptions = {}): Promise<RunningApp> {
    const times = { commandTimeoutMs: 600, connectTimeoutMs: 300 }
    const codesClient: Redis = connect(
      { url: proxy.url },
      { name: 'codes', role: 'commands', logger: silent, ...times },
    )
    await ready(codesClient, 5_000)
    return backing.serve({ ...options, codesClient, http: { redisWaitMs } })
  }

  /** Asks for a code. The answer must come in time. */
  async function ask(app: RunningApp, mobile: string, captcha?: { id: string; text: string }): Promise<Answer> {
    const { id, text } = captcha ?? (await readCaptcha(backing, app.browser))
    const began = performance.now()
    const answer = await app.browser.post('/sms_codes', { mobile, image_code: text, image_code_id: id })
    expect(performance.now() - began).to.be.lessThan(answerMs)
    return answer
  }

  const taken = (mobile: string) => backing.inspector.exists(`send_flag_${mobile}`, `sms_${mobile}`)

  /** The command at which it hangs, by a text that only this one has. */
  const moments: [what: string, text: (mobile: string) => string][] = [
    ['the captcha is taken', () => 'getdel'],
    ['the flag is raised', (mobile) => `send_flag_${mobile}`],
    ['the code is stored', (mobile) => `\r\nsms_${mobile}`],
  ]
  for (const [what, text] of moments) {
    for (const deliver of [true, false]) {
      const fate = deliver ? 'arrives late' : 'is lost'
      it(`answers 503 in time where ${what}; the mobile is free again when that ${fate}`, async () => {
        const app = await serve()
        const mobile = newMobile()
        void proxy.freezeAt(text(mobile))
        expectError(await ask(app, mobile), 503, 'UNAVAILABLE', '服务暂不可用')
        expect(app.sent).to.deep.equal([])
        proxy.thaw({ deliver })
        await eventually(async () => expect(await taken(mobile)).to.equal(0))
        const captcha = await eventually(() => readCaptcha(backing, app.browser))
        expectOk(await ask(app, mobile, captcha))
      })
    }
  }

  it('answers 503 in time where code and flag are taken back, which is done when Redis is there again', async () => {
    let refusals = 0
    const app = await serve({
      sendSmsCode: async () => {
        refusals += 1
        proxy.freeze()
        throw new Error('no queue')
      },
    })
    const mobile = newMobile()
    expectError(await ask(app, mobile), 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
    expect(refusals).to.equal(1)
    expect(await taken(mobile)).to.equal(2)
    proxy.thaw()
    await eventually(async () => expect(await taken(mobile)).to.equal(0))
  })

  it('answers 200 in time where only the note for the page is missing', async () => {
    const app = await serve()
    void proxy.freezeAt('sms_task_')
    expectOk(await ask(app, newMobile()))
    expect(app.sent).to.have.length(1)
    expect(app.log.map(({ message }) => message)).to.include('a sent message could not be noted for its page')
  })

  it('answers 503 in time where the queue does not answer, and takes code and flag back at once', async () => {
    const app = await serve({ sendSmsCode: () => new Promise(() => undefined) })
    const mobile = newMobile()
    expectError(await ask(app, mobile), 503, 'SMS_UNAVAILABLE', '短信服务暂不可用')
    await eventually(async () => expect(await taken(mobile)).to.equal(0), { timeoutMs: 500 })
  })

  it('answers every other request in time as well', async () => {
    const app = await serve({ readTaskState: () => new Promise(() => undefined) })
    const id = randomUUID()
    await backing.inspector.set(`sms_task_${id}`, '1')
    const registration = {
      username: 'somebody',
      password: 'secret_password',
      password2: 'secret_password',
      allow: true,
    }
    const requests = [
      () => app.browser.get(`/sms_codes/status/${id}`),
      () => app.browser.get(`/image_codes/${randomUUID()}`),
      () => app.browser.post('/register', { ...registration, mobile: newMobile(), sms_code: '123456' }),
    ]
    for (const [index, request] of requests.entries()) {
      // The first one hangs in the result backend alone.
      if (index === 1) proxy.freeze()
      const began = performance.now()
      expectError(await request(), 503, 'UNAVAILABLE', '服务暂不可用')
      expect(performance.now() - began).to.be.lessThan(answerMs)
    }
  })
})
