import { expect } from 'chai'
import { fakeAccount, FakeYuntongxun } from '../../support/fake-yuntongxun.ts'
import { authorization, chinaTimestamp, signature } from '../../../src/sms/yuntongxun-signature.ts'

/** The parts of a request, each of which a test can spoil. */
interface Parts {
  method: string
  path: string
  sid: string
  timestamp: string
  sig: string
  authorization: string
  contentType: string
  accept: string
  body: Record<string, unknown> | string
  signal: AbortSignal
}

const { accountSid, authToken, appId, templateId } = fakeAccount
const goodBody = { to: '13800000000', appId, templateId, datas: ['123456', '5'], reqId: 'abc123' }

describe('the fake provider', () => {
  let fake: FakeYuntongxun

  beforeEach(async () => {
    fake = await FakeYuntongxun.start()
  })
  afterEach(() => fake.refuse())

  async function ask(changes: Partial<Parts> = {}): Promise<{ status: number; statusCode: unknown; text: string }> {
    const { sid = accountSid, timestamp = chinaTimestamp(Date.now()), body = goodBody } = changes
    const path = changes.path ?? `/2013-12-26/Accounts/${sid}/SMS/TemplateSMS`
    const sig = changes.sig ?? signature(sid, authToken, timestamp)
    const response = await fetch(`${fake.baseUrl}${path}?sig=${sig}`, {
      method: changes.method ?? 'POST',
      headers: {
        accept: changes.accept ?? 'application/json',
        'content-type': changes.contentType ?? 'application/json; charset=UTF-8',
        authorization: changes.authorization ?? authorization(sid, timestamp),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: changes.signal ?? null,
    })
    const text = await response.text()
    const answer: unknown = text.startsWith('{') ? JSON.parse(text) : {}
    return { status: response.status, statusCode: Object(answer).statusCode, text }
  }

  it('takes a request that is in order and keeps the message', async () => {
    expect(await ask()).to.include({ status: 200, statusCode: '000000' })
    expect(fake.sent).to.deep.equal([{ to: '13800000000', datas: ['123456', '5'], reqId: 'abc123' }])
    expect([fake.requests, fake.faults]).to.deep.equal([1, []])
  })

  it('sends a repeated reqId once', async () => {
    await ask()
    expect(await ask({ body: { ...goodBody, to: '13800000001' } })).to.include({ statusCode: '160054' })
    expect([fake.sent.length, fake.requests, fake.repeated]).to.deep.equal([1, 2, 1])
  })

  const hour = 3_600_000
  const old = chinaTimestamp(Date.now() - 25 * hour)
  const early = chinaTimestamp(Date.now() + 25 * hour)
  const faults: [string, Partial<Parts>, string][] = [
    ['another method', { method: 'PUT' }, '111100'],
    ['another path', { path: `/2013-12-27/Accounts/${accountSid}/SMS/TemplateSMS` }, '111100'],
    ['an unknown account', { sid: 'someoneelse' }, '111141'],
    ['a sig of another token', { sig: signature(accountSid, 'guess', chinaTimestamp(Date.now())) }, '111109'],
    ['a sig in small letters', { sig: signature(accountSid, authToken, old).toLowerCase() }, '111109'],
    ['no Authorization', { authorization: '' }, '111106'],
    ['Authorization with a scheme', { authorization: `Basic ${authorization(accountSid, old)}` }, '111106'],
    ['Authorization in plain text', { authorization: `${accountSid}:${old}` }, '111106'],
    ['Authorization of another account', { authorization: authorization('other', old) }, '111106'],
    ['a time a day ago', { timestamp: old }, '111106'],
    ['a time a day ahead', { timestamp: early }, '111106'],
    ['a time that is none', { timestamp: '20261301000000' }, '111106'],
    ['another content type', { contentType: 'text/plain' }, '160031'],
    ['a body that is not JSON', { body: '{' }, '160031'],
    ['a body that is null', { body: 'null' }, '111181'],
    ['an unknown field', { body: { ...goodBody, extra: 1 } }, '160031'],
    ['another application', { body: { ...goodBody, appId: 'x' } }, '111181'],
    ['a template number instead of text', { body: { ...goodBody, templateId: 1 } }, '160032'],
    ['datas of another type', { body: { ...goodBody, datas: ['123456', 5] } }, '160031'],
    ['too few datas', { body: { ...goodBody, datas: ['123456'] } }, '160031'],
    ['a bad mobile', { body: { ...goodBody, to: '12800000000' } }, '160042'],
    ['two mobiles', { body: { ...goodBody, to: '13800000000,13800000001' } }, '160042'],
    ['a reqId with dashes', { body: { ...goodBody, reqId: 'a-b' } }, '160053'],
    ['a reqId of 33', { body: { ...goodBody, reqId: 'a'.repeat(33) } }, '160053'],
    ['no reqId', { body: { ...goodBody, reqId: undefined } }, '160053'],
  ]
  for (const [what, changes, statusCode] of faults) {
    it(`refuses ${what} and sends nothing`, async () => {
      expect(await ask(changes)).to.include({ statusCode })
      expect([fake.sent, fake.requests, fake.faults.length]).to.deep.equal([[], 1, 1])
    })
  }

  it('answers in XML unless asked for JSON', async () => {
    expect((await ask({ accept: '*/*' })).text).to.match(/^</)
  })

  it('does what the list says, then what the rule says', async () => {
    fake.next.push({ kind: 'http', status: 500 }, { kind: 'code', statusCode: '160050' })
    fake.behaviour = { kind: 'http', status: 200, body: 'hello' }
    expect(await ask()).to.include({ status: 500 })
    expect(await ask()).to.include({ statusCode: '160050' })
    expect(await ask()).to.include({ status: 200, text: 'hello' })
    expect(await ask()).to.include({ status: 200, text: 'hello' })
    expect(fake.sent).to.deep.equal([])
  })

  it('sends a slow message, even if nobody waits any more', async () => {
    fake.behaviour = { kind: 'slow', ms: 50 }
    const controller = new AbortController()
    const asked = ask({ signal: controller.signal }).catch(() => 'gone')
    await fake.waitFor('requests', 1)
    expect(fake.sent).to.have.length(0)
    controller.abort()
    expect(await asked).to.equal('gone')
    await fake.waitFor('sent', 1)
  })

  it('keeps requests hanging until they are answered or dropped', async () => {
    fake.behaviour = { kind: 'hang' }
    const answered = ask()
    await fake.waitFor('requests', 1)
    expect(fake.sent).to.deep.equal([])
    fake.hanging[0]?.answer()
    expect(await answered).to.include({ statusCode: '000000' })
    const dropped = ask().catch(() => 'dropped')
    await fake.waitFor('requests', 2)
    fake.hanging[1]?.drop()
    expect(await dropped).to.equal('dropped')
  })

  it('sends the message of half an answer, and none when it resets', async () => {
    fake.next.push({ kind: 'reset' }, { kind: 'half' })
    expect(await ask().catch(() => 'reset')).to.equal('reset')
    expect(fake.sent).to.have.length(0)
    expect(await ask().catch(() => 'half')).to.equal('half')
    expect(fake.sent).to.have.length(1)
  })

  it('refuses connections, and takes them again on the same port', async () => {
    const { baseUrl } = fake
    await fake.refuse()
    expect(await ask().catch(() => 'refused')).to.equal('refused')
    await fake.listen()
    expect(fake.baseUrl).to.equal(baseUrl)
    expect(await ask()).to.include({ statusCode: '000000' })
  })

  it('says what it waited for in vain', async () => {
    const result = fake.waitFor('sent', 2, 20).catch((error: unknown) => String(error))
    expect(await result).to.equal('Error: the fake provider waited 20 ms for 2 sent, saw 0')
  })
})
