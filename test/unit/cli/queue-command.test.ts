import { expect } from 'chai'
import { pausedText } from '../../../src/cli/queue-command.ts'

describe('lovage queue list', () => {
  it('tells each paused queue, and since when', () => {
    const text = pausedText([
      { name: 'mail', since: 0 },
      { name: 'a\u001bb', since: 1_000 },
    ])
    expect(text).to.equal(
      String.raw`mail: paused since 1970-01-01T00:00:00.000Z
a\x1bb: paused since 1970-01-01T00:00:01.000Z
`,
    )
  })

  it('says so where none is', () => {
    expect(pausedText([])).to.equal('no queue is paused\n')
  })
})
