import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { EventEmitter } from 'node:events'
import { ResultWaits } from '../../../../src/engine/results/result-waits.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'

/** A connection for subscriptions that keeps what it is told; `broken`: it refuses to do that. */
class FakeSubscriber extends EventEmitter {
  readonly told: string[] = []
  broken = false

  subscribe(channel: string): Promise<void> {
    return this.#tell(`subscribe ${channel}`)
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#tell(`unsubscribe ${channel}`)
  }

  async #tell(what: string): Promise<void> {
    this.told.push(what)
    if (this.broken) throw new Error('gone')
  }
}

function waitsOf() {
  const subscriber = new FakeSubscriber()
  const looks = new Questions<[], string | null>()
  const opened = { count: 0, fails: false }
  const waits = new ResultWaits(async () => {
    opened.count += 1
    if (opened.fails) throw new Error('can not connect')
    return subscriber as unknown as Redis
  })
  const until = (channel = 'c', timeoutMs: number | null = null) => waits.until(channel, timeoutMs, looks.ask)
  /** Answers the next look, and lets the wait go on to the next one or to sleep. */
  const look = async (found: string | null = null): Promise<void> => {
    const { answer } = await looks.next()
    answer(found)
    await quiescence()
  }
  return { waits, subscriber, looks, opened, until, look }
}

describe('a wait for a result', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  it('subscribes, then looks: what is there is found at once, and the subscription ends', async () => {
    const { subscriber, looks, until } = waitsOf()
    const found = until()
    const { answer } = await looks.next()
    expect(subscriber.told).to.deep.equal(['subscribe c'])
    answer('there')
    expect(await found).to.equal('there')
    expect(subscriber.told).to.deep.equal(['subscribe c', 'unsubscribe c'])
    expect(timers.waits).to.deep.equal([])
  })

  it('looks again at each announcement on its channel', async () => {
    const { subscriber, looks, until, look } = waitsOf()
    const found = until()
    await look()
    subscriber.emit('message', 'another', '')
    await quiescence()
    expect(looks.count).to.equal(1)
    subscriber.emit('message', 'c', '')
    await look()
    subscriber.emit('message', 'c', '')
    await look('there')
    expect(await found).to.equal('there')
    expect([looks.count, timers.waits]).to.deep.equal([3, []])
  })

  it('misses no announcement that comes while it looks', async () => {
    const { subscriber, looks, until, look } = waitsOf()
    const found = until()
    const { answer } = await looks.next()
    subscriber.emit('message', 'c', '')
    answer(null)
    await look('there')
    expect(await found).to.equal('there')
  })

  it('looks again after a second without an announcement', async () => {
    const { looks, until, look } = waitsOf()
    const found = until()
    await look()
    expect(timers.waits).to.deep.equal([1_000])
    timers.pass(999)
    await quiescence()
    expect(looks.count).to.equal(1)
    timers.pass(1)
    await look('there')
    expect(await found).to.equal('there')
  })

  it('has a look in any case, however short its time', async () => {
    const { looks, until, look } = waitsOf()
    const late = until('c', 0)
    await look()
    expect([await late, looks.count]).to.deep.equal([null, 1])
    const inTime = until('c', 0)
    await look('there')
    expect(await inTime).to.equal('there')
  })

  it('gives null when its time is over, after a last look', async () => {
    timers.uninstall()
    const { waits, subscriber } = waitsOf()
    let looked = 0
    expect(await waits.until('c', 5, async () => ((looked += 1), null))).to.equal(null)
    expect(looked).to.be.at.least(2)
    expect(subscriber.told).to.deep.equal(['subscribe c', 'unsubscribe c'])
  })

  it('shares its connection with all, and its subscription with those of its channel', async () => {
    const { subscriber, looks, opened, until, look } = waitsOf()
    const found = [until('c'), until('c'), until('d')]
    for (const _wait of found) await look()
    expect(opened.count).to.equal(1)
    expect(subscriber.told).to.deep.equal(['subscribe c', 'subscribe d'])
    subscriber.emit('message', 'c', '')
    await look('first')
    expect(subscriber.told).to.have.length(2)
    await look('second')
    expect(subscriber.told.slice(2)).to.deep.equal(['unsubscribe c'])
    subscriber.emit('message', 'd', '')
    await look('third')
    expect(await Promise.all(found)).to.deep.equal(['first', 'second', 'third'])
    expect(looks.count).to.equal(6)
  })

  it('goes on without a subscription where there is no connection, and the next wait tries again', async () => {
    const { subscriber, opened, until, look } = waitsOf()
    opened.fails = true
    const found = until()
    await look()
    timers.pass(1_000)
    await look('there')
    expect(await found).to.equal('there')
    opened.fails = false
    const next = until()
    await look('again')
    expect(await next).to.equal('again')
    expect(subscriber.told).to.deep.equal(['subscribe c', 'unsubscribe c'])
  })

  it('goes on where the connection refuses to subscribe, and to end the subscription', async () => {
    const { subscriber, until, look } = waitsOf()
    subscriber.broken = true
    const found = until()
    await look()
    timers.pass(1_000)
    await look('there')
    expect(await found).to.equal('there')
  })

  it('is not held up by a connection that does not come', async () => {
    timers.uninstall()
    const never = new ResultWaits(() => new Promise(() => {}))
    expect(await never.until('c', 5, async () => null)).to.equal(null)
    expect(await never.until('c', 5, async () => 'there')).to.equal('there')
  })

  it('is not held up by a connection that is slow, and is told by it later', async () => {
    let connect = (_redis: Redis): void => {}
    const subscriber = new FakeSubscriber()
    const waits = new ResultWaits(() => new Promise((resolve) => (connect = resolve)))
    const looks = new Questions<[], string | null>()
    const found = waits.until('c', null, looks.ask)
    await quiescence()
    timers.pass(1_000)
    const first = await looks.next()
    first.answer(null)
    await quiescence()
    connect(subscriber as unknown as Redis)
    await quiescence()
    subscriber.emit('message', 'c', '')
    const second = await looks.next()
    second.answer('there')
    expect(await found).to.equal('there')
  })

  it('subscribes before it looks, also where another has begun to', async () => {
    const { subscriber, looks, until } = waitsOf()
    const told: string[] = []
    const ready = new Questions<[], void>()
    subscriber.subscribe = (channel) => (told.push(`subscribe ${channel}`), ready.ask())
    void until()
    void until()
    const { answer } = await ready.next()
    await quiescence()
    expect([told, looks.count]).to.deep.equal([['subscribe c'], 0])
    answer()
    await looks.next()
    await looks.next()
  })

  it('looks again after a look that failed, while there is time', async () => {
    const { subscriber, looks, until } = waitsOf()
    const found = until()
    const { fail } = await looks.next()
    fail(new Error('gone'))
    await quiescence()
    subscriber.emit('message', 'c', '')
    const { answer } = await looks.next()
    answer('there')
    expect(await found).to.equal('there')
  })

  it('ends with what its last look threw when the time is over, and leaves nothing behind', async () => {
    const { subscriber, looks, until } = waitsOf()
    const found = until('c', 0).catch((error: unknown) => error)
    const { fail } = await looks.next()
    const gone = new Error('gone')
    fail(gone)
    expect(await found).to.equal(gone)
    expect(subscriber.told).to.deep.equal(['subscribe c', 'unsubscribe c'])
    expect(timers.waits).to.deep.equal([])
  })
})
