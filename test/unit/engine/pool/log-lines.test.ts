import { expect } from 'chai'
import { LogLines } from '../../../../src/engine/pool/log-lines.ts'
import { isLogMessage, type LogMessage } from '../../../../src/engine/pool/pool.ts'
import { HandTimers } from '../hand-timers.ts'

const line = (text: string) => ({ id: 'an-id', name: 'proj.task', text, at: 1 })

describe('the lines that tasks of a thread log', () => {
  const timers = new HandTimers()
  beforeEach(() => timers.install({ clock: true }))
  afterEach(() => timers.uninstall())

  function linesOf() {
    const sent: [texts: string[], lost: number][] = []
    const lines = new LogLines(({ log, lost }: LogMessage) => void sent.push([log.map(({ text }) => text), lost]))
    return { lines, sent }
  }

  it('go at once, and those that come right after it together', () => {
    const { lines, sent } = linesOf()
    for (const text of ['1', '2', '3']) lines.add(line(text))
    expect(sent).to.deep.equal([[['1'], 0]])
    timers.pass(20)
    expect(sent.slice(1)).to.deep.equal([[['2', '3'], 0]])
    timers.pass(20)
    lines.add(line('4'))
    expect(sent.slice(2)).to.deep.equal([[['4'], 0]])
    expect(timers.waits).to.deep.equal([])
  })

  it('go fifty at a time, and what is too much is left out and counted', () => {
    const { lines, sent } = linesOf()
    for (let number = 0; number <= 1_010; number += 1) lines.add(line(String(number)))
    for (let turn = 0; turn < 21; turn += 1) timers.pass(20)
    expect(sent.map(([texts]) => texts.length)).to.deep.equal([1, ...Array.from({ length: 20 }, () => 50)])
    expect(sent.reduce((sum, [, lost]) => sum + lost, 0)).to.equal(10)
    expect(sent.at(-1)?.[0].at(-1)).to.equal('1000')
  })

  it('go while a task computes and leaves no turn for a timer', () => {
    const { lines, sent } = linesOf()
    const clock = performance.now()
    lines.add(line('1'))
    lines.add(line('2'))
    performance.now = () => clock + 21
    lines.add(line('3'))
    expect(sent).to.deep.equal([
      [['1'], 0],
      [['2', '3'], 0],
    ])
  })

  it('go all when a task is about to end', () => {
    const { lines, sent } = linesOf()
    lines.flush()
    for (let number = 0; number < 120; number += 1) lines.add(line(String(number)))
    lines.flush()
    lines.flush()
    expect(sent.map(([texts]) => texts.length)).to.deep.equal([1, 119])
    expect(timers.waits).to.deep.equal([])
  })

  for (const [what, message] of [
    ['nothing', null],
    ['text', 'x'],
    ['a state', { key: 1, state: 'X', meta: 1 }],
    ['no lines', { log: 'x', lost: 0 }],
    ['no count', { log: [] }],
    ['other lines', { log: [null], lost: 0 }],
    ['lines without a time', { log: [{ ...line('x'), at: '1' }], lost: 0 }],
  ] as const) {
    it(`are not what user code may post besides: ${what}`, () => {
      expect(isLogMessage(message)).to.equal(false)
      expect(isLogMessage({ log: [line('x')], lost: 0 })).to.equal(true)
    })
  }
})
