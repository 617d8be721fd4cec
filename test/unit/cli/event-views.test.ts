import { expect } from 'chai'
import { DumpView, JsonView, TableView } from '../../../src/cli/event-views.ts'

describe('the views of `lovage events`', () => {
  /** Keeps what is written, and how large it is as a terminal. */
  function outputOf(size: { columns?: number; rows?: number } = {}) {
    const written: string[] = []
    return { written, ...size, write: (text: string) => written.push(text) }
  }
  const event = { type: 'worker-offline', hostname: 'w1\x1b[2J\u0085', timestamp: 1_800_000_000 }

  it('print a line for each event, and say that they are there', () => {
    const [output, notes] = [outputOf(), outputOf()]
    const view = new DumpView(output, notes)
    view.add(event)
    view.note('away\x1b')
    view.close()
    expect(output.written).to.deep.equal([
      '-> evdump: starting capture...\n',
      'w1\\x1b[2J\\x85 [2027-01-15 08:00:00] shutdown\n',
    ])
    expect(notes.written).to.deep.equal(['-> away\\x1b\n'])
  })

  it('print JSON, in which nothing is left that a terminal would act on', () => {
    const [output, notes] = [outputOf(), outputOf()]
    const view = new JsonView(output, notes)
    view.add(event)
    view.note('away')
    view.close()
    const [line = ''] = output.written
    expect(JSON.parse(line)).to.deep.equal(event)
    expect(line.slice(0, -1)).to.match(/^[ -~]+$/)
    expect([output.written.length, notes.written]).to.deep.equal([1, ['lovage: away\n']])
  })

  it('draw a table on the other screen, and leave the terminal as it was', () => {
    const output = outputOf({ columns: 60, rows: 10 })
    const listeners = process.listenerCount('exit')
    const view = new TableView(output, 1_000_000)
    view.close()
    const [enter, drawn = '', leave, ...more] = output.written
    expect([enter, leave, more]).to.deep.equal(['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l', []])
    expect(drawn.startsWith('\x1b[Hlovage events: 0 nodes, 0 events. q ends.\x1b[K\r\n')).to.equal(true)
    expect(drawn.endsWith('\x1b[J')).to.equal(true)
    expect(process.listenerCount('exit')).to.equal(listeners)
  })

  it('draw it anew at every look, with what has happened', async () => {
    const output = outputOf()
    const view = new TableView(output, 1)
    try {
      view.add({ type: 'worker-online', hostname: 'w1' })
      view.note('Redis is away.')
      await new Promise<void>((resolve) => {
        output.write = (text) => {
          const length = output.written.push(text)
          if (text.includes('w1')) resolve()
          return length
        }
      })
      expect(output.written.at(-1)).to.contain('lovage events: 1 node, 1 event. q ends. Redis is away.')
    } finally {
      view.close()
    }
  })
})
