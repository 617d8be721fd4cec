import { expect } from 'chai'
import { startProgress } from './load-scripts.ts'
import { eventually } from '../../support/eventually.ts'

/** What a terminal is told before each change of the line: back to its begin, and clear it. */
const ANEW = '\r\u001B[K'

describe('scripts/say.mjs', () => {
  /** Starts progress that changes every 5 ms, and gives what is written. */
  const start = (isTTY: boolean, written: string[]): ReturnType<typeof startProgress> => {
    const stream = { isTTY, write: (text: string) => void written.push(text) }
    return startProgress('compiling', { stream, terminalMs: isTTY ? 5 : 60_000, logMs: isTTY ? 60_000 : 5 })
  }

  it('says on a terminal in one line what is done, for how long, and how it ended', async () => {
    const written: string[] = []
    const finish = start(true, written)
    await eventually(() => expect(written).to.have.length.above(1))
    finish('done')
    expect(written.slice(0, 2)).to.deep.equal([
      `${ANEW}lovage set-up: compiling ...`,
      `${ANEW}lovage set-up: compiling ... 0 s`,
    ])
    expect(written.at(-1)).to.equal(`${ANEW}lovage set-up: compiling done after 0 s\n`)
  })

  it('says it elsewhere line by line', async () => {
    const written: string[] = []
    const finish = start(false, written)
    await eventually(() => expect(written).to.have.length.above(1))
    finish('failed')
    expect(written.slice(0, 2)).to.deep.equal(['lovage set-up: compiling ...\n', 'lovage set-up: compiling ... 0 s\n'])
    expect(written.at(-1)).to.equal('lovage set-up: compiling failed after 0 s\n')
  })
})
