import { expect } from 'chai'
import { encodeMessage, encodeRetry } from '../../../src/engine/encode-message.ts'
import { shownArguments } from '../../../src/engine/shown-arguments.ts'
import { goldenMessages, protocol1 } from './golden-messages.ts'

const call = { name: 'proj.add', args: [2, 3], id: 'an-id', queue: 'celery', origin: '1@host', sentAt: 0 }

function written(headers: object): Buffer {
  const types = { 'content-encoding': 'utf-8', 'content-type': 'application/json' }
  return Buffer.from(JSON.stringify({ body: 'W10=', ...types, headers, properties: {} }))
}

describe("a message's arguments as its sender shows them", () => {
  it('are those that a real Celery wrote', () => {
    expect(goldenMessages.length).to.be.greaterThan(5)
    for (const { raw, envelope } of goldenMessages) {
      const { argsrepr, kwargsrepr } = envelope.headers
      expect(shownArguments(raw)).to.deep.equal({ args: argsrepr, kwargs: kwargsrepr })
    }
  })

  it('are those that a Lovage wrote, which has masked them', () => {
    const raw = Buffer.from(encodeMessage({ ...call, shownArgs: ['138***', "it's"] }))
    expect(shownArguments(raw)).to.deep.equal({ args: `('138***', "it's")`, kwargs: '{}' })
    const retried = Buffer.from(encodeRetry(raw, { retries: 1, crashes: 0, eta: 0 }))
    expect(shownArguments(retried)).to.deep.equal(shownArguments(raw))
  })

  it('are read whatever is in them, and from whatever kind of bytes', () => {
    for (const text of ['"}],"argsrepr":"no"', '\\', 'é 短信 \u{1f600}', '\n\t\u0000', '{}']) {
      const raw = Buffer.from(encodeMessage({ ...call, args: [text] }))
      const { headers } = JSON.parse(raw.toString()) as { headers: { argsrepr: string } }
      expect(shownArguments(raw).args).to.equal(headers.argsrepr)
      expect(shownArguments(new Uint8Array(raw)).args).to.equal(headers.argsrepr)
    }
  })

  it('are read where other fields stand before them, and never from within another header', () => {
    const other = { argsrepr: 'no', kwargsrepr: 'no' }
    const headers = { lang: 'js', mine: other, text: '"argsrepr":"no"', argsrepr: '(1,)', kwargsrepr: '{}' }
    expect(shownArguments(written(headers))).to.deep.equal({ args: '(1,)', kwargs: '{}' })
    expect(shownArguments(written({ argsrepr: '(1,)', lang: 'py' }))).to.deep.equal({
      args: '(1,)',
      kwargs: '',
    })
  })

  it('are found behind a body of any length without reading that, nor what follows them', () => {
    const raw = Buffer.from(encodeMessage({ ...call, args: ['x'.repeat(1_000_000)], shownArgs: ['138***'] }))
    const known = { args: "('138***',)", kwargs: '{}' }
    expect(shownArguments(raw)).to.deep.equal(known)
    expect(shownArguments(raw.subarray(0, -1)), 'no longer JSON').to.deep.equal(known)
  })

  it('are never from within a body that is a text of JSON', () => {
    const body = '", "content-encoding": "utf-8", "headers": {"lang":"js","argsrepr":"no","kwargsrepr":"no"}}'
    const message = JSON.parse(written({ lang: 'js', argsrepr: '(1,)', kwargsrepr: '{}' }).toString()) as object
    const raw = Buffer.from(JSON.stringify({ ...message, body }))
    expect(shownArguments(raw)).to.deep.equal({ args: '(1,)', kwargs: '{}' })
  })

  it('are empty where nothing was written, or no text', () => {
    const nothing = { args: '', kwargs: '' }
    expect(shownArguments(protocol1({}))).to.deep.equal(nothing)
    expect(shownArguments(written({ argsrepr: 1, kwargsrepr: null }))).to.deep.equal(nothing)
    expect(shownArguments(Buffer.from('{"body":""}'))).to.deep.equal(nothing)
  })

  it('are cut where they are longer than Celery writes them, in a long message too', () => {
    for (const length of [2_000, 100_000]) {
      const { args } = shownArguments(written({ lang: 'js', argsrepr: 'x'.repeat(length), kwargsrepr: '' }))
      expect(args).to.equal(`${'x'.repeat(1_021)}...`)
    }
  })
})
