import { expect } from 'chai'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { LamportClock } from '../../../src/engine/lamport-clock.ts'
import { SentEvents } from '../../../src/engine/sent-events.ts'
import { engineLog } from './engine-log.ts'
import { goldenEvent } from './golden-events.ts'
import { HandTimers, quiescence } from './hand-timers.ts'
import { RecordedChannel } from './recorded-channel.ts'

describe('what a client tells of a task that it has sent', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install())
  afterEach(() => timers.uninstall())

  const call = { name: 'proj.slow', args: [30], queue: 'celery', origin: '1@host', sentAt: 0 }

  /** What is told of a message, and the message that tells it. */
  async function told(change: object) {
    const channel = new RecordedChannel()
    const options = { channel, clock: new LamportClock(), hostname: 'gen14964@vm', logger: engineLog() }
    const message = encodeMessage({ ...call, id: 'aaaaaaaa-0000-0000-0000-000000000001', ...change })
    new SentEvents(options).sent({ queue: 'celery', message })
    timers.pass(5)
    await quiescence()
    const [published] = channel.published
    if (published === undefined) throw new Error('nothing was told')
    return { ...published, event: published.body as Record<string, unknown> }
  }

  it('is what a real Celery tells', async () => {
    const { event, message } = goldenEvent('task-sent')
    const { routingKey, envelope, event: ours } = await told({})
    expect(routingKey).to.equal('task.sent')
    expect(message.channel).to.equal('/0.celeryev/task.sent')
    expect(envelope.headers).to.deep.equal(message.envelope.headers)
    const { pid, timestamp, utcoffset } = ours
    for (const value of [pid, timestamp, utcoffset]) expect(value).to.be.a('number')
    expect(ours).to.deep.equal({ ...event, pid, timestamp, utcoffset })
    expect(Object.keys(ours)).to.deep.equal(Object.keys(event))
  })

  it('tells when it is due and when it expires, and shows no more of its arguments than its mask', async () => {
    const { event } = await told({ eta: 1_800_000_000_000, expiresAt: 1_800_000_060_000, shownArgs: ['3*'] })
    expect(event).to.include({
      eta: '2027-01-15T08:00:00.000000+00:00',
      expires: '2027-01-15T08:01:00.000000+00:00',
      args: "('3*',)",
    })
  })
})
