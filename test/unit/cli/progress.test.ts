import { once, EventEmitter } from 'node:events'
import { expect } from 'chai'
import { Progress } from '../../../src/cli/progress.ts'

describe('Progress', () => {
  class Output extends EventEmitter {
    readonly written: string[] = []
    readonly isTTY: boolean
    readonly columns = 20

    constructor(isTTY: boolean) {
      super()
      this.isTTY = isTTY
    }

    write(text: string): void {
      this.written.push(text)
      this.emit('written')
    }
  }

  it('says at a terminal how far something is that takes long, in one line, and leaves none', async () => {
    const output = new Output(true)
    const startedAt = performance.now()
    const progress = new Progress(output)
    progress.tell('1 done')
    progress.tell('2 done')
    expect(output.written, 'before it takes long').to.deep.equal([])
    await once(output, 'written')
    expect(performance.now() - startedAt).to.be.greaterThan(450)
    progress.tell('3 done')
    progress.tell('a queue \x1b with a long name')
    progress.end()
    const clear = '\r\x1b[K'
    expect(output.written).to.deep.equal([`${clear}2 done`, `${clear}3 done`, `${clear}a queue \\x1b with …`, clear])
  })

  it('says nothing of what is done at once', () => {
    const output = new Output(true)
    const progress = new Progress(output)
    progress.tell('1 done')
    progress.end()
    expect(output.written).to.deep.equal([])
  })

  it('writes nothing elsewhere, however long it takes', async () => {
    const output = new Output(false)
    const progress = new Progress(output)
    progress.tell('1 done')
    // Another one, at a terminal, has appeared by then.
    const terminal = new Output(true)
    const other = new Progress(terminal)
    await once(terminal, 'written')
    progress.tell('2 done')
    progress.end()
    other.end()
    expect(output.written).to.deep.equal([])
  })
})
