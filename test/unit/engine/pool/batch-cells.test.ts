import { expect } from 'chai'
import type { Outcome } from '../../../../src/engine/outcome.ts'
import { BatchCells, cellCount, cellState } from '../../../../src/engine/pool/batch-cells.ts'
import type { Json } from '../../../../src/engine/wire-value.ts'

const success = (result: Json): Outcome => ({ kind: 'success', result, runtimeMs: 1.25 })

describe('the cells that a thread shares', () => {
  /** Both sides of the same memory. */
  function bothSides(): { main: BatchCells; thread: BatchCells } {
    const main = new BatchCells()
    return { main, thread: new BatchCells(main.buffer) }
  }

  it('are free at first', () => {
    const { main } = bothSides()
    for (let cell = 0; cell < cellCount; cell += 1) expect(main.state(cell)).to.equal(cellState.free)
  })

  it('carry a task from its offer to its outcome, and are free again', () => {
    const { main, thread } = bothSides()
    main.offer(3)
    expect(main.state(3)).to.equal(cellState.waiting)
    expect(thread.begin(3)).to.equal(true)
    expect(main.state(3)).to.equal(cellState.running)
    expect(main.takeBack(3), 'it has begun').to.equal(false)
    expect(thread.finish(3, success('done'))).to.equal(true)
    expect(main.state(3)).to.equal(cellState.done)
    expect(main.takeBack(3), 'it has ended').to.equal(false)
    expect(main.read(3)).to.deep.equal(success('done'))
    main.release(3)
    expect(main.state(3)).to.equal(cellState.free)
    expect([main.state(2), main.state(4)]).to.deep.equal([cellState.free, cellState.free])
  })

  it('give a task back before it has begun; the thread passes over it', () => {
    const { main, thread } = bothSides()
    main.offer(0)
    expect(main.takeBack(0)).to.equal(true)
    expect(main.state(0)).to.equal(cellState.taken)
    expect(main.takeBack(0), 'twice').to.equal(false)
    expect(thread.begin(0)).to.equal(false)
    expect(main.state(0)).to.equal(cellState.free)
  })

  it('say where the outcome went another way', () => {
    const { main, thread } = bothSides()
    main.offer(0)
    thread.begin(0)
    thread.post(0)
    expect(main.state(0)).to.equal(cellState.posted)
  })

  const results: [what: string, result: Json][] = [
    ['null', null],
    ['0', 0],
    ['a number', -1.5e-7],
    ['false', false],
    ['an empty text', ''],
    ['text', 'größe 💡 "\\\n'],
    ['half of a character', '\ud800'],
    ['a list', [1, [null, {}]]],
    ['an object', JSON.parse('{"__proto__":{"a":1},"":[]}') as Json],
  ]
  for (const [what, result] of results) {
    it(`hold ${what} as a result`, () => {
      const { main, thread } = bothSides()
      for (const cell of [0, cellCount - 1]) {
        expect(thread.finish(cell, success(result))).to.equal(true)
        expect(main.read(cell)).to.deep.equal(success(result))
      }
    })
  }

  it('hold what is nobody’s business', () => {
    const { main, thread } = bothSides()
    expect(thread.finish(1, { kind: 'ignore', runtimeMs: 3 })).to.equal(true)
    expect(main.read(1)).to.deep.equal({ kind: 'ignore', runtimeMs: 3 })
  })

  it('hold as much as they have room for, and nothing of what is larger', () => {
    const { main, thread } = bothSides()
    for (let length = 200; length < 260; length += 1) {
      for (const character of ['x', 'é', '世']) {
        const text = character.repeat(length)
        const fits = Buffer.byteLength(text) + 2 <= 232
        expect(thread.finish(1, success(text)), `${length} × ${character}`).to.equal(fits)
        if (fits) expect(main.read(1)).to.deep.equal(success(text))
      }
    }
  })

  it('do not run into each other, however full they are', () => {
    const { main, thread } = bothSides()
    const textOf = (cell: number): string => `${cell}`.padEnd(230, 'x')
    for (let cell = 0; cell < cellCount; cell += 1) expect(thread.finish(cell, success(textOf(cell)))).to.equal(true)
    for (let cell = 0; cell < cellCount; cell += 1) expect(main.read(cell)).to.deep.equal(success(textOf(cell)))
  })

  it('hold a short result after a long one', () => {
    const { main, thread } = bothSides()
    thread.finish(1, success('x'.repeat(200)))
    thread.finish(1, success('y'))
    expect(main.read(1)).to.deep.equal(success('y'))
    thread.finish(1, success(null))
    expect(main.read(1)).to.deep.equal(success(null))
  })

  it('hold nothing that something follows', () => {
    const { thread } = bothSides()
    const follows = { callbacks: [], errbacks: [], chain: [], chord: null }
    expect(thread.finish(1, { kind: 'success', result: 1, runtimeMs: 1, follows })).to.equal(false)
  })

  it('hold no failures', () => {
    const { thread } = bothSides()
    const error = { type: 'Error', message: 'x', stack: null }
    const outcomes: Outcome[] = [
      { kind: 'failure', error, deadLetter: true, runtimeMs: 1 },
      { kind: 'transient', error, retryAfterMs: null, runtimeMs: 1 },
      { kind: 'retry', error, countdownMs: 1, runtimeMs: 1 },
      { kind: 'reject', error, requeue: true, runtimeMs: 1 },
      { kind: 'unreadable', reason: 'x', runtimeMs: 1 },
    ]
    for (const outcome of outcomes) expect(thread.finish(1, outcome), outcome.kind).to.equal(false)
  })

  it('are begun by the thread or taken back, never both', () => {
    const { main, thread } = bothSides()
    for (let round = 0; round < 1_000; round += 1) {
      const cell = round % cellCount
      main.offer(cell)
      const [begun, taken] =
        round % 2 === 0 ? [thread.begin(cell), main.takeBack(cell)] : [main.takeBack(cell), thread.begin(cell)]
      expect(Number(begun) + Number(taken)).to.equal(1)
      main.release(cell)
    }
  })
})
