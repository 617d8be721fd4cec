import { expect } from 'chai'
import { readableLine } from '../../../src/cli/readable-line.ts'

describe('a line of the log on a terminal', () => {
  it('says what happened, then its fields', () => {
    const event = {
      level: 30,
      time: '2026-01-01T00:00:00.000Z',
      msg: 'task succeeded',
      task: 'proj.add',
      attempt: 1,
      ms: 12,
    }
    expect(readableLine(event)).to.equal('task succeeded task=proj.add attempt=1 ms=12')
    expect(readableLine({ msg: 'stopped' })).to.equal('stopped')
  })

  it('shows each value so that nobody takes it for two, or for another', () => {
    const event = {
      msg: 'm',
      a: 'two words',
      b: '',
      c: 'x=1',
      d: 'a"b',
      e: null,
      f: [1, 'b'],
      g: { h: true },
      i: undefined,
    }
    expect(readableLine(event)).to.equal(
      String.raw`m a="two words" b="" c="x=1" d="a\"b" e=null f=[1,"b"] g={"h":true}`,
    )
  })

  it('has a stack below', () => {
    const event = { msg: 'request failed', stack: 'Error: no\n    at one (a.ts:1)\n    at two', requestId: 'r' }
    expect(readableLine(event)).to.equal('request failed requestId=r\n    Error: no\n    at one (a.ts:1)\n    at two')
  })

  it('gives a terminal nothing that it would act on', () => {
    const wild = 'a\u001b[31m\u009b2J\u202e\nb'
    const line = readableLine({ msg: wild, value: wild, list: [wild], stack: `${wild}\r` })
    expect(line).not.to.match(/[^\P{Cc}\n]|\u202e/u)
    expect(line.split('\n')).to.have.length(3)
  })
})
