import { expect } from 'chai'
import { membersOf } from '../../../src/engine/event-message.ts'
import { EventPublisher } from '../../../src/engine/event-publisher.ts'
import { LamportClock } from '../../../src/engine/lamport-clock.ts'
import { engineLog } from './engine-log.ts'
import { HandTimers, quiescence } from './hand-timers.ts'
import { RecordedChannel } from './recorded-channel.ts'

describe('a publisher of events', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  function publisherOf(group: 'task.multi' | 'task.sent' = 'task.multi') {
    const channel = new RecordedChannel()
    const logger = engineLog()
    const clock = new LamportClock()
    return { publisher: new EventPublisher({ channel, clock, hostname: 'me', group, logger }), channel, clock, logger }
  }

  it('gathers what comes within a few milliseconds in one message', async () => {
    const { publisher, channel } = publisherOf()
    publisher.gather('task-started', '"uuid":"a"')
    timers.pass(4)
    publisher.gather('task-started', '"uuid":"b"')
    await quiescence()
    expect(channel.published).to.deep.equal([])
    timers.pass(1)
    publisher.gather('task-started', '"uuid":"c"')
    await quiescence()
    expect(channel.published).to.have.length(1)
    expect(channel.published[0]).to.deep.include({ routingKey: 'task.multi' })
    expect(channel.events.map(({ uuid }) => uuid)).to.deep.equal(['a', 'b'])
    timers.pass(5)
    await quiescence()
    expect(channel.events.map(({ uuid }) => uuid)).to.deep.equal(['a', 'b', 'c'])
  })

  it('does not wait for more than a hundred', async () => {
    const { publisher, channel } = publisherOf()
    for (let count = 0; count < 250; count += 1) publisher.gather('task-started', membersOf({ uuid: String(count) }))
    await quiescence()
    expect(channel.published.map(({ body }) => (body as unknown[]).length)).to.deep.equal([100, 100])
    publisher.flush()
    await quiescence()
    expect(channel.events.map(({ uuid }) => uuid)).to.deep.equal(Array.from({ length: 250 }, (_, count) => `${count}`))
    expect(timers.waits).to.deep.equal([])
  })

  it('sends the one task that was sent by itself, several in a list', async () => {
    const { publisher, channel } = publisherOf('task.sent')
    publisher.gather('task-sent', '"uuid":"a"')
    publisher.flush()
    for (const uuid of ['b', 'c']) publisher.gather('task-sent', membersOf({ uuid }))
    publisher.flush()
    await quiescence()
    expect(channel.published.map(({ routingKey }) => routingKey)).to.deep.equal(['task.sent', 'task.sent'])
    expect(channel.published[0]?.body).to.include({ uuid: 'a' })
    expect(channel.published[1]?.body).to.be.an('array').with.length(2)
  })

  it('gives every event whose it is, when, and a clock that grows, by itself or with others', async () => {
    const { publisher, channel, clock } = publisherOf()
    clock.adjust(40)
    const before = Date.now() / 1000
    publisher.gather('task-started', '"uuid":"a"')
    await publisher.publish('worker-heartbeat', '"freq":2')
    publisher.gather('task-started', '"uuid":"b"')
    publisher.flush()
    await quiescence()
    expect(channel.published.map(({ routingKey }) => routingKey)).to.deep.equal(['worker.heartbeat', 'task.multi'])
    expect(channel.published[0]?.envelope.headers).to.deep.equal({ hostname: 'me' })
    const { events } = channel
    expect(events.map(({ clock: at }) => at)).to.deep.equal([43, 42, 44])
    for (const { hostname, pid, utcoffset, timestamp } of events) {
      expect({ hostname, pid }).to.deep.equal({ hostname: 'me', pid: process.pid })
      expect(utcoffset).to.equal(Math.floor(new Date().getTimezoneOffset() / 60))
      expect(timestamp).to.be.within(before, Date.now() / 1000)
    }
  })

  it('drops what the broker does not take, and tells how much once it takes events again', async () => {
    const { publisher, channel, logger } = publisherOf()
    channel.answer = () => Promise.reject(new Error('away'))
    for (const uuid of ['a', 'b']) publisher.gather('task-started', membersOf({ uuid }))
    publisher.flush()
    await publisher.publish('worker-heartbeat', '"freq":2')
    expect(logger.lines.filter(([level]) => level !== 'debug')).to.deep.equal([])
    channel.answer = async () => {}
    await publisher.publish('worker-heartbeat', '"freq":2')
    await publisher.publish('worker-heartbeat', '"freq":2')
    expect(channel.published).to.have.length(2)
    expect(logger.lines.filter(([level]) => level !== 'debug')).to.deep.equal([
      ['warn', 'events were dropped while the broker did not take them', { dropped: 2 }],
    ])
  })

  it('waits with no more than so many for a broker that does not answer', async () => {
    const { publisher, channel, logger } = publisherOf()
    let answer = (): void => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    channel.answer = () => answered
    for (let count = 0; count < 10_300; count += 1) publisher.gather('task-started', '"uuid":"a"')
    answer()
    await quiescence()
    expect(channel.events).to.have.length(10_000)
    expect(logger.lines.map(([, , fields]) => fields)).to.deep.equal([{ dropped: 300 }])
    publisher.gather('task-started', '"uuid":"b"')
    publisher.flush()
    await quiescence()
    expect(channel.events).to.have.length(10_001)
  })
})
