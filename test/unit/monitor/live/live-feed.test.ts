import { once } from 'node:events'
import type { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { LiveFeed, mostViewers } from '../../../../src/monitor/live/live-feed.ts'
import { MonitorError } from '../../../../src/monitor/monitor-error.ts'
import type { LiveSnapshot } from '../../../../src/monitor/wire-types.ts'
import { eventually } from '../../../support/eventually.ts'
import { HandTimers } from '../../engine/hand-timers.ts'

describe('the live figures', () => {
  const feeds: LiveFeed[] = []
  afterEach(() => feeds.splice(0).forEach((feed) => feed.close()))

  function aFeed(snapshot?: () => Promise<LiveSnapshot>) {
    const told: string[] = []
    const state = { made: 0, size: 0 }
    const make = async (): Promise<LiveSnapshot> => {
      state.made += 1
      return { totals: { time: state.made }, beat: 'x'.repeat(state.size) } as unknown as LiveSnapshot
    }
    const feed = new LiveFeed({
      snapshot: snapshot ?? make,
      onNone: () => void told.push('none'),
      troubleOf: (error) => {
        if (error instanceof RangeError) return error.message
        throw error
      },
      logger: { error: (_fields, message) => void told.push(message) },
    })
    feeds.push(feed)
    return { feed, told, state }
  }

  function textOf(stream: PassThrough): { readonly text: string } {
    const read = { text: '' }
    stream.on('data', (chunk: Buffer) => (read.text += chunk.toString()))
    return read
  }

  const snapshotsIn = (text: string): number => text.split('event: snapshot').length - 1

  it('are made once for all, each second, while anybody looks on', async function () {
    this.timeout(10_000)
    const { feed, told, state } = aFeed()
    const [one, other] = [feed.open('', () => true), feed.open('', () => true)]
    const [read, readToo] = [textOf(one), textOf(other)]
    await eventually(() => expect(snapshotsIn(read.text)).to.equal(2))
    expect(read.text).to.match(
      /^retry: 2000\n\nevent: recent\ndata: \[\]\n\nid: 1\nevent: snapshot\ndata: \{"totals":\{"time":1\}/,
    )
    expect(snapshotsIn(readToo.text)).to.equal(2)
    expect(state.made).to.equal(2)
    one.destroy()
    await once(one, 'close')
    expect(told).to.deep.equal([])
    other.destroy()
    await once(other, 'close')
    expect(told).to.deep.equal(['none'])
    expect(feed.viewers).to.equal(0)
  })

  it('begin with what was missed', async () => {
    const { feed } = aFeed()
    const first = textOf(feed.open('', () => true))
    await eventually(() => expect(snapshotsIn(first.text)).to.equal(1))
    const [all, none] = [textOf(feed.open('0', () => true)), textOf(feed.open('1', () => true))]
    await eventually(() => expect(all.text).to.contain('event: recent\ndata: [{"time":1}]'))
    await eventually(() => expect(none.text).to.contain('event: recent\ndata: []'))
  })

  it('are not kept for one that does not read', async function () {
    this.timeout(20_000)
    const { feed, state } = aFeed()
    state.size = 100_000
    const slow = feed.open('', () => true)
    const fast = textOf(feed.open('', () => true))
    await eventually(() => expect(snapshotsIn(fast.text)).to.equal(4))
    expect(slow.writableLength + slow.readableLength).to.be.lessThan(250_000)
    const read = textOf(slow)
    await eventually(() => expect(snapshotsIn(read.text)).to.be.greaterThan(1))
    expect(read.text).to.contain(`id: ${state.made}\n`)
  })

  it('say what stands in the way, and go on', async () => {
    let away = true
    const { feed } = aFeed(async () => {
      if (away) throw new RangeError('Redis is away')
      return { totals: { time: 7 } } as unknown as LiveSnapshot
    })
    const read = textOf(feed.open('', () => true))
    await eventually(() => expect(read.text).to.contain('event: trouble\ndata: {"message":"Redis is away"}\n\n'))
    away = false
    await eventually(() => expect(snapshotsIn(read.text)).to.equal(1))
  })

  it('tell nobody what a fault of ours was, but the log', async () => {
    const { feed, told } = aFeed(() => Promise.reject(new TypeError('secret')))
    const read = textOf(feed.open('', () => true))
    await eventually(() => expect(read.text).to.contain('a fault of ours'))
    expect(read.text).not.to.contain('secret')
    expect(told).to.contain('dashboard: the live figures could not be made')
  })

  it('are for a bounded number at once', () => {
    const { feed } = aFeed()
    for (let viewer = 0; viewer < mostViewers; viewer += 1) feed.open('', () => true)
    expect(() => feed.open('', () => true))
      .to.throw(MonitorError)
      .that.includes({ error: 'TOO_MANY_VIEWERS', status: 503 })
  })

  it('end with the session', async () => {
    const { feed } = aFeed()
    let open = true
    const stream = feed.open('', () => open)
    const read = textOf(stream)
    const ended = once(stream, 'end')
    open = false
    await ended
    expect(read.text).to.match(/event: bye\ndata: \{"reason":"session"\}\n\n$/)
    expect(feed.viewers).to.equal(0)
  })

  it('let one go that does not read how it ends', async () => {
    const timers = new HandTimers()
    const { feed } = aFeed()
    const [unread, stream] = [feed.open('', () => true), feed.open('', () => true)]
    textOf(stream)
    const closed = once(stream, 'close')
    timers.install()
    try {
      feed.close()
      await closed
      timers.pass(29_999)
      expect([timers.waits, unread.destroyed]).to.deep.equal([[1], false])
      timers.pass(1)
      expect([timers.waits, unread.destroyed]).to.deep.equal([[], true])
    } finally {
      timers.uninstall()
    }
  })

  it('end with the process, and nobody may look on any more', async () => {
    const { feed, told } = aFeed()
    const stream = feed.open('', () => true)
    const read = textOf(stream)
    const ended = once(stream, 'end')
    feed.close()
    await ended
    expect(read.text).to.match(/event: bye\ndata: \{"reason":"stopping"\}\n\n$/)
    expect(told).to.deep.equal(['none'])
    expect(() => feed.open('', () => true))
      .to.throw(MonitorError)
      .that.includes({ error: 'UNAVAILABLE' })
  })
})
