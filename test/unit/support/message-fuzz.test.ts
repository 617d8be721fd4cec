import { expect } from 'chai'
import { celeryMessage } from '../../e2e/queue.ts'
import { judge, MessageFuzz, seededRandom } from '../../support/message-fuzz.ts'

describe('made-up messages', () => {
  const take = (seed: number, count: number): Buffer[] => {
    const fuzz = new MessageFuzz(seed)
    return Array.from({ length: count }, () => fuzz.next())
  }
  const hex = (elements: readonly Buffer[]): string[] => elements.map((raw) => raw.toString('hex'))

  it('are the same for the same seed, and others for another', () => {
    expect(hex(take(7, 300))).to.deep.equal(hex(take(7, 300)))
    expect(hex(take(7, 300))).to.not.deep.equal(hex(take(8, 300)))
  })

  it('come of numbers that are spread from 0 to 1', () => {
    const random = seededRandom(3)
    const counts = Array.from({ length: 10 }, () => 0)
    for (let left = 10_000; left > 0; left -= 1) {
      const place = Math.floor(random() * 10)
      counts[place] = (counts[place] ?? 0) + 1
    }
    expect(Math.min(...counts)).to.be.greaterThan(800)
  })

  it('hold every kind of garbage, and some that can be read', () => {
    const elements = take(1, 5_000)
    const some = (test: (raw: Buffer) => boolean): number => elements.filter(test).length
    expect(some((raw) => judge(raw) === null)).to.be.within(1_000, 4_000)
    expect(some((raw) => raw.length === 0)).to.be.greaterThan(0)
    for (const piece of ['\0', '\x06\x16', '\xff', '"__proto__":', '\\ud800', '1e999', '[[[[[[[[', '\xef\xbb\xbf']) {
      expect(
        some((raw) => raw.includes(piece, 0, 'latin1')),
        JSON.stringify(piece),
      ).to.be.greaterThan(0)
    }
    expect(new Set(hex(elements)).size).to.be.greaterThan(4_000)
  })

  it('are judged by what the wire format says', () => {
    const { id, raw } = celeryMessage('proj.add')
    const message = JSON.parse(raw) as { headers: object; properties: object }
    const judged = (changes: object): unknown => judge(Buffer.from(JSON.stringify({ ...message, ...changes })))
    expect(judged({})).to.deep.equal({ id, ignoresResult: false, hasExpiry: false })
    expect(judged({ headers: { ...message.headers, expires: 'soon', ignore_result: true } })).to.deep.equal({
      id,
      ignoresResult: true,
      hasExpiry: true,
    })
    expect(judge(Buffer.from(`\ufeff${raw}`))).to.include({ id })
    expect(judge(Buffer.concat([Buffer.from(raw), Buffer.from([0xff])]))).to.equal(null)
    const protocol1 = Buffer.from(JSON.stringify({ id: 'x', task: 'proj.add', args: [] })).toString('base64')
    expect(judged({ headers: {}, body: protocol1 })).to.include({ id: 'x' })
    for (const changes of [
      { 'content-type': 'text/plain' },
      { body: 1 },
      { headers: [] },
      { headers: {} },
      { headers: { ...message.headers, id: '' } },
      { properties: null },
    ]) {
      expect(judged(changes), JSON.stringify(changes)).to.equal(null)
    }
    for (const text of ['', 'null', '[]', '{}', 'x']) expect(judge(Buffer.from(text)), text).to.equal(null)
  })
})
