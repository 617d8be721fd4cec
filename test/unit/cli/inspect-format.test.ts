import { expect } from 'chai'
import { formatPing } from '../../../src/cli/inspect-format.ts'

describe('what `inspect ping` prints', () => {
  it('is what Celery prints', () => {
    expect(formatPing(new Map([['w1@vm', { ok: 'pong' }]]))).to.equal('->  w1@vm: OK\n        pong\n\n1 node online.\n')
  })

  it('tells errors, and what is no reply of a ping', () => {
    const replies = new Map<string, unknown>([
      ['a', { error: 'No such control command' }],
      ['b', null],
      ['c', { ok: [1] }],
    ])
    const printed = formatPing(replies)
    expect(printed).to.contain('->  a: ERROR\n        No such control command\n')
    expect(printed).to.contain('->  b: OK\n        - empty -\n')
    expect(printed).to.contain('->  c: OK\n        [1]\n')
    expect(printed).to.contain('\n3 nodes online.\n')
  })

  it('prints nothing that a terminal would act on', () => {
    expect(formatPing(new Map([['\x1b[2J', { ok: '\x07' }]]))).to.contain('->  \\x1b[2J: OK\n        \\x07\n')
  })
})
