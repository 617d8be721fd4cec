import { expect } from 'chai'
import { EventLines } from '../../../src/cli/event-lines.ts'
import { goldenEvent } from '../engine/golden-events.ts'

describe('a line for an event', () => {
  const uuid = '11111111-1111-1111-1111-111111111111'
  const added = `proj.add(${uuid}) args=(2, 3) kwargs={}`

  // As `celery events --dump` prints them, but for what its receiver adds, and whole numbers that Python reads as floats.
  const lines: [type: string, head: string, fields: string[]][] = [
    [
      'worker-online',
      'w1@vm [2026-11-23 14:42:32.055410] started:',
      ['active=0', 'clock=1', 'freq=2', 'loadavg=[1.54, 1.39, 0.69]', 'pid=13710', 'processed=0'],
    ],
    [
      'task-received',
      `w1@vm [2026-11-23 14:42:32.062734] task received: ${added}`,
      [
        'clock=2',
        'eta=None',
        'expires=None',
        'parent_id=None',
        'pid=13710',
        'retries=0',
        `root_id=${uuid}`,
        'utcoffset=0',
      ],
    ],
    [
      'task-succeeded',
      `w1@vm [2026-11-23 14:42:32.087680] task succeeded: ${added}`,
      ['clock=10', 'pid=13710', 'result=5', 'runtime=0.01888880000001336', 'utcoffset=0'],
    ],
    [
      'task-revoked',
      'w1@vm [2026-11-23 14:43:56.405995] task revoked: ',
      ['clock=7', 'expired=True', 'pid=14943', 'signum=None', 'terminated=False', 'utcoffset=0'],
    ],
  ]

  it('is what Celery prints, and names a task of which it was told before', () => {
    const dump = new EventLines()
    for (const [type, head, fields] of lines) {
      const more = type === 'worker-online' ? ', sw_ident=py-celery, sw_sys=Linux, sw_ver=5.6.3, utcoffset=0' : ''
      expect(dump.line(goldenEvent(type).event)).to.equal(`${head} ${fields.join(', ')}${more}`)
    }
  })

  it('is one line, and nothing that a terminal would act on, whatever an event holds', () => {
    const dump = new EventLines()
    const event = { type: 'task-failed', uuid: 'a', hostname: '\x1b[2J', traceback: 'one\ntwo\x07', list: ['\r'] }
    expect(dump.line(event)).to.equal("\\x1b[2J [-] task failed:  list=['\\r'], traceback=one\\x0atwo\\x07")
  })

  for (const event of [
    { type: '' },
    { type: 'task-' },
    { type: 'task-received' },
    { type: 'custom-event', hostname: 7, timestamp: 'soon', other: { a: [null] } },
    { type: 'worker-online', timestamp: Infinity },
    { type: 'worker-online', timestamp: 1e300 },
    { type: 'worker-online', timestamp: -1e12 },
  ]) {
    it(`is printed of ${JSON.stringify(event)}, too`, () => {
      expect(new EventLines().line(event))
        .to.be.a('string')
        .and.match(/ \[.+\]/)
    })
  }

  it('tells a time in UTC, with a part of a second where there is one', () => {
    const at = (timestamp: number): string =>
      new EventLines().line({ type: 'worker-offline', hostname: 'h', timestamp })
    expect(at(1_800_000_000)).to.equal('h [2027-01-15 08:00:00] shutdown')
    expect(at(1_800_000_000.5)).to.equal('h [2027-01-15 08:00:00.500000] shutdown')
    expect(at(1_800_000_000.9999998)).to.equal('h [2027-01-15 08:00:01] shutdown')
  })

  it('remembers no more tasks than Celery does', () => {
    const dump = new EventLines()
    const received = (uuid: string): string =>
      dump.line({ type: 'task-received', uuid, name: 'n', args: '()', kwargs: '{}' })
    const started = (uuid: string): string => dump.line({ type: 'task-started', uuid })
    for (let count = 0; count < 4_096; count += 1) received(String(count))
    expect(started('0')).not.to.contain('n(0)')
    expect(started('1')).to.contain('n(1)')
  })
})
