import { expect } from 'chai'
import { Slots, type Lane } from '../../../../src/engine/worker/slots.ts'
import { quiescence } from '../hand-timers.ts'

/** Slots of some pools, so many taken and so many waited for in each. */
function slotsOf(lanes: readonly [lane: Lane, size: number, running: number, waiting: number][]): Slots {
  const slots = new Slots(new Map(lanes.map(([lane, size]) => [lane, size])))
  for (const [lane, , running, waiting] of lanes) {
    for (let count = running + waiting; count > 0; count -= 1) void slots.take(lane)
  }
  return slots
}

describe('slots', () => {
  const rooms: [what: string, lanes: [Lane, number, number, number][], claimed: number, room: number][] = [
    ['an empty pool', [['threads', 4, 0, 0]], 0, 4],
    ['messages that have not got to it yet', [['threads', 4, 0, 0]], 3, 1],
    ['a pool that is partly taken', [['threads', 4, 3, 0]], 3, 1],
    ['a full pool', [['threads', 4, 4, 0]], 4, 0],
    ['more claimed than there is room for', [['threads', 4, 4, 1]], 5, 0],
    ['the solo pool', [['solo', 1, 0, 0]], 0, 1],
    [
      'two empty pools: what is claimed may all be for the smaller one',
      [
        ['threads', 2, 0, 0],
        ['async', 10, 0, 0],
      ],
      0,
      4,
    ],
    [
      'two pools, the larger one busy',
      [
        ['threads', 2, 0, 0],
        ['async', 10, 9, 0],
      ],
      9,
      3,
    ],
    [
      'two pools, the smaller one full',
      [
        ['threads', 2, 2, 0],
        ['async', 10, 0, 0],
      ],
      2,
      2,
    ],
    [
      'two pools, one waiting for the smaller one',
      [
        ['threads', 2, 2, 1],
        ['async', 10, 3, 0],
      ],
      6,
      1,
    ],
    [
      'two pools, as many waiting as running',
      [
        ['threads', 2, 2, 2],
        ['async', 10, 0, 0],
      ],
      4,
      0,
    ],
    [
      'two full pools',
      [
        ['threads', 2, 2, 0],
        ['async', 3, 3, 0],
      ],
      5,
      0,
    ],
  ]
  for (const [what, lanes, claimed, room] of rooms) {
    it(`have room for ${room}: ${what}`, () => expect(slotsOf(lanes).room(claimed)).to.equal(room))
  }

  it('are as many as the pools have together', () => {
    expect(
      slotsOf([
        ['threads', 2, 1, 0],
        ['async', 10, 0, 0],
      ]).size,
    ).to.equal(12)
    expect(new Slots(new Map()).size).to.equal(0)
    expect(new Slots(new Map()).room(0)).to.equal(0)
  })

  it('are taken at once while there are any', async () => {
    const slots = slotsOf([['threads', 2, 0, 0]])
    expect([await slots.take('threads'), await slots.take('threads')]).to.deep.equal([true, true])
  })

  it('are given on to those who wait, in their order', async () => {
    const slots = slotsOf([
      ['threads', 1, 1, 0],
      ['async', 1, 1, 0],
    ])
    const got: string[] = []
    for (const name of ['first', 'second']) void slots.take('threads').then((given) => got.push(`${name}: ${given}`))
    slots.release('async')
    await quiescence()
    expect(got).to.deep.equal([])
    slots.release('threads')
    await quiescence()
    expect(got).to.deep.equal(['first: true'])
    // It was given on: there is none for whoever comes next.
    void slots.take('threads').then((given) => got.push(`third: ${given}`))
    await quiescence()
    expect(got).to.have.length(1)
    slots.release('threads')
    await quiescence()
    expect(got).to.deep.equal(['first: true', 'second: true'])
  })

  it('have room again when they are given back', async () => {
    const slots = slotsOf([['threads', 1, 1, 1]])
    slots.release('threads')
    expect(slots.room(1)).to.equal(0)
    slots.release('threads')
    expect(slots.room(0)).to.equal(1)
    expect(await slots.take('threads')).to.equal(true)
  })

  it('are refused to all after the end, also to those who wait', async () => {
    const slots = slotsOf([
      ['threads', 2, 1, 0],
      ['async', 1, 1, 0],
    ])
    const waiting = slots.take('async')
    slots.close()
    expect(await waiting).to.equal(false)
    expect(await slots.take('threads')).to.equal(false)
    slots.release('async')
    expect(await slots.take('async')).to.equal(false)
  })

  it('are refused in a pool that is not there', async () => {
    const slots = slotsOf([['threads', 1, 0, 0]])
    expect(await slots.take('async')).to.equal(false)
    slots.release('async')
    expect(slots.room(0)).to.equal(1)
  })
})
