import { expect } from 'chai'
import { EventBatch } from '../../../src/engine/event-batch.ts'

describe('a batch of events', () => {
  const read = (body: string): unknown => JSON.parse(Buffer.from(body, 'base64').toString())

  it('is a list, or the only one of them by itself', () => {
    const batch = new EventBatch()
    batch.add('{"a":1}')
    expect(read(batch.take({ asList: false }))).to.deep.equal({ a: 1 })
    batch.add('{"a":1}')
    expect(read(batch.take({ asList: true }))).to.deep.equal([{ a: 1 }])
    for (const asList of [true, false]) {
      for (const json of ['{"a":"é 短信"}', '{"b":"\u{1f600}"}']) batch.add(json)
      expect(batch.count).to.equal(2)
      expect(read(batch.take({ asList }))).to.deep.equal([{ a: 'é 短信' }, { b: '\u{1f600}' }])
      expect(batch.count).to.equal(0)
    }
  })

  it('is full with a hundred', () => {
    const batch = new EventBatch()
    for (let count = 0; count < 99; count += 1) batch.add('{}')
    expect(batch.isFull).to.equal(false)
    expect(batch.add('{}')).to.equal(true)
    expect(batch.isFull).to.equal(true)
  })

  it('takes no more than there is room for, but any one alone', () => {
    const batch = new EventBatch()
    const text = (length: number): string => JSON.stringify('短'.repeat(length))
    for (const length of [10, 30_000, 1_000_000, 10]) {
      expect(batch.add(text(length))).to.equal(true)
      expect(read(batch.take({ asList: true }))).to.deep.equal(['短'.repeat(length)])
    }
    let added = 0
    while (batch.add(text(1_000))) added += 1
    expect(added).to.be.within(10, 21)
    expect(read(batch.take({ asList: true }))).to.deep.equal(Array.from({ length: added }, () => '短'.repeat(1_000)))
  })
})
