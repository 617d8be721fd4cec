import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
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
