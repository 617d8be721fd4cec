import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { PictureDrawer } from '../../../src/app/captcha/picture-drawer.ts'
import { expectError } from './app-fixtures.ts'
import { createBacking, type Backing, type RunningApp } from './app-harness.ts'

describe('GET /image_codes/:uuid', () => {
  let backing: Backing
  let app: RunningApp

  before(async () => {
    backing = await createBacking()
    app = await backing.serve({ captcha: { ttlSeconds: 200 } })
  })
  after(() => backing.close())

  it('answers with a PNG that nobody may keep', async () => {
    const { status, headers, bytes } = await app.browser.get(`/image_codes/${randomUUID()}`)
    expect(status).to.equal(200)
    expect(headers.get('Content-Type')).to.equal('image/png')
    expect(headers.get('Cache-Control')).to.equal('no-store')
    expect(headers.get('Content-Length')).to.equal(String(bytes.length))
    expect(bytes.subarray(0, 8).toString('latin1')).to.equal('\x89PNG\r\n\x1a\n')
  })

  it('keeps the text, in upper case, for as long as the settings say', async () => {
    const uuid = randomUUID()
    await app.browser.get(`/image_codes/${uuid}`)
    expect(await backing.inspector.get(`img_${uuid}`)).to.match(/^[A-Z0-9]{4}$/)
    expect(await backing.inspector.ttl(`img_${uuid}`)).to.be.within(195, 200)
  })

  it('replaces the earlier captcha of an id', async () => {
    const uuid = randomUUID()
    const texts = new Set<string | null>()
    for (let picture = 0; picture < 5; picture++) {
      await app.browser.get(`/image_codes/${uuid}`)
      texts.add(await backing.inspector.get(`img_${uuid}`))
    }
    expect(texts.size).to.be.greaterThan(1)
  })

  it('draws another picture for the same request', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => app.browser.get(`/image_codes/${randomUUID()}`)))
    expect(one?.bytes.equals(two?.bytes ?? Buffer.alloc(0))).to.equal(false)
  })

  describe('where the drawing thread', () => {
    const text503 = '服务暂不可用'
    let drawer: PictureDrawer

    afterEach(() => drawer.close())

    async function serveWith(waiting: number): Promise<RunningApp> {
      drawer = new PictureDrawer({ waiting, timeoutMs: 20_000, idleMs: 60_000 })
      return backing.serve({ drawPicture: (text) => drawer.draw(text) })
    }

    it('dies: 503 for who waits for it, with the reason in the log, and a picture for the next', async () => {
      const { browser, log } = await serveWith(10)
      const uuid = randomUUID()
      const started = once(process, 'worker') as Promise<[Worker]>
      const waiting = browser.get(`/image_codes/${uuid}`)
      const [thread] = await started
      await thread.terminate()
      const answer = await waiting
      expectError(answer, 503, 'UNAVAILABLE', text503)
      expect(answer.headers.get('Retry-After')).to.equal('1')
      expect(await backing.inspector.exists(`img_${uuid}`), 'a text that nobody has seen').to.equal(0)
      const fault = log.find(({ message }) => message === 'request refused')
      expect(JSON.stringify(fault?.fields)).to.contain('the drawing thread exited with code')
      expect((await browser.get(`/image_codes/${uuid}`)).status).to.equal(200)
    })

    it('is behind by too many pictures: 503 at once, and a picture when it has caught up', async () => {
      const { browser } = await serveWith(1)
      // It has to start first, so hardly any but the first finds room.
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(`/image_codes/${randomUUID()}`)))
      const busy = answers.filter(({ status }) => status !== 200)
      expect(busy.length).to.be.within(1, 19)
      for (const answer of busy) {
        expectError(answer, 503, 'BUSY', '系统繁忙，请稍后再试')
        expect(answer.headers.get('Retry-After')).to.equal('1')
      }
      expect((await browser.get(`/image_codes/${randomUUID()}`)).status).to.equal(200)
    })
  })

  const refused = [
    'abc',
    '6c84fb90-12c4-11e1-840d-7b25c5ee775a',
    '00000000-0000-0000-0000-000000000000',
    '%E9%9D%92',
    '%zz',
    `${randomUUID()}0`,
  ]
  for (const uuid of refused) {
    it(`refuses ${uuid}`, async () => {
      expectError(await app.browser.get(`/image_codes/${uuid}`), 400, 'UUID_FORMAT', 'uuid格式有误')
    })
  }
})
