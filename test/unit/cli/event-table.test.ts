import { expect } from 'chai'
import { EventState } from '../../../src/cli/event-state.ts'
import { eventTable } from '../../../src/cli/event-table.ts'
import { columns as columnsOf } from '../../../src/cli/terminal-text.ts'

describe('the table of `lovage events`', () => {
  const now = 1_800_000_000_000
  const size = { columns: 160, rows: 30 }

  function seen(...events: object[]): EventState {
    const state = new EventState(() => now)
    for (const event of events) state.add(event as { type: string })
    return state
  }
  const heartbeat = { type: 'worker-heartbeat', hostname: 'w1', freq: 2, active: 3, processed: 12_345 }
  const software = { loadavg: [0.5, 0.25, 1], sw_ident: 'lovage', sw_ver: '1.2.3' }
  const received = { type: 'task-received', uuid: 'an-id', hostname: 'w1', name: 'proj.add', args: '(2, 3)' }

  it('tells what is known of nodes, of tasks by their names, and of the last tasks', () => {
    const state = seen(
      { ...heartbeat, ...software },
      received,
      { type: 'task-succeeded', uuid: 'an-id', hostname: 'w1', runtime: 0.25 },
      { ...received, uuid: 'other-id' },
    )
    const lines = eventTable(state, size, 'q ends.', now + 1_500)
    const time = new Date(now).toTimeString().slice(0, 8)
    expect(lines.map((line) => line.replaceAll(/ +/g, ' '))).to.deep.equal([
      'lovage events: 1 node, 4 events. q ends.',
      '',
      'NODE HEARTBEAT ACTIVE PROCESSED LOAD SOFTWARE',
      'w1 1s 3 12345 0.50 0.25 1.00 lovage 1.2.3',
      '',
      'TASK WAIT RUN OK FAIL RETRY REV REJ PER S AVERAGE SLOWEST',
      'proj.add 1 0 1 0 0 0 0 1.0 250.0ms 250.0ms',
      '',
      'LAST STATE TASK RUNTIME ID NODE ARGUMENTS',
      `${time} RECEIVED proj.add other-id w1 (2, 3)`,
      `${time} SUCCESS proj.add 250.0ms an-id w1 (2, 3)`,
    ])
  })

  for (const [what, event, seconds, said] of [
    ['a heartbeat in time', {}, 4, '4s'],
    ['two heartbeats that did not come', {}, 5, 'lost 5s'],
    ['less frequent ones', { freq: 10 }, 5, '5s'],
    ['a node that has said that it ends', { type: 'worker-offline' }, 1, 'offline'],
  ] as const) {
    it(`tells ${what}`, () => {
      const [, , , node = ''] = eventTable(seen({ ...heartbeat, ...event }), size, '', now + seconds * 1_000)
      expect(node.split(/ {2,}/)[1]).to.equal(said)
    })
  }

  it('tells how task events are switched on, as long as there are none', () => {
    expect(eventTable(seen(heartbeat), size, '', now).join('\n')).to.contain('start workers with -E')
    expect(eventTable(seen(received), size, '', now).join('\n')).not.to.contain('start workers with -E')
  })

  it('shows all of a task but its node and arguments where there are 80 columns', () => {
    const id = 'aaaaaaaa-0000-0000-0000-000000000001'
    const state = seen(heartbeat, { ...received, uuid: id }, { type: 'task-succeeded', uuid: id, runtime: 0.25 })
    const lines = eventTable(state, { columns: 79, rows: 24 }, '', now)
    expect(lines.filter((line) => line.endsWith('250.0ms'))).to.have.length(1)
    expect(lines.at(-1)).to.contain(id)
  })

  for (const [count, shown] of [
    [99_999_999, '99999999'],
    [999_999_999, '999999999'],
    [1_234_567_890, '1234568k'],
    [1e15, '1000000G'],
    [null, '-'],
  ] as const) {
    it(`shows ${count} as ${shown}`, () => {
      const [, , , node = ''] = eventTable(seen({ ...heartbeat, processed: count }), size, '', now)
      expect(node.split(/ +/)[3]).to.equal(shown)
    })
  }

  for (const runtime of [0.000_05, 0.0123, 1.5, 99.99, 100, 5_999, 36_000, 1e9]) {
    it(`has room for a runtime of ${runtime} s`, () => {
      const state = seen(received, { type: 'task-succeeded', uuid: 'an-id', runtime })
      const line = eventTable(state, size, '', now).find((each) => each.startsWith('proj.add'))
      const [, average = '', slowest] = /([\d.]+[a-z]+) +([\d.]+[a-z]+)$/.exec(line ?? '') ?? []
      expect(average).to.equal(slowest).and.have.length.within(2, 8)
    })
  }

  it('fits into any terminal, whatever it shows', () => {
    const events = Array.from({ length: 50 }, (_, count) => [
      { ...heartbeat, hostname: `node-${count}-${'长'.repeat(40)}` },
      { ...received, uuid: `id-${count}\x1b[2J`, name: `task-${count}\x07`, args: '\u202e短信'.repeat(30) },
    ]).flat()
    const state = seen(...events)
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 200, rows: 60 },
      { columns: 20, rows: 5 },
      { columns: 1, rows: 1 },
    ]) {
      const lines = eventTable(state, size, '\x1bnote', now)
      expect(lines.length).to.be.at.most(size.rows)
      for (const line of lines) {
        expect(columnsOf(line)).to.be.at.most(size.columns)
        expect(line).not.to.match(/[\p{Cc}\u202a-\u202e]/u)
      }
    }
    const large = eventTable(state, { columns: 200, rows: 60 }, '', now)
    expect(large.filter((line) => line.startsWith('... and ')).map((line) => line.trim())).to.deep.equal([
      '... and 35 more',
      '... and 30 more',
    ])
    expect(large).to.have.length(60)
  })
})
