import { expect } from 'chai'
import { Reach } from '../../../../src/engine/worker/reach.ts'
import { Slots, type Lane } from '../../../../src/engine/worker/slots.ts'
import { HandTimers, quiescence } from '../hand-timers.ts'

/** Slots of some pools, so many taken and so many waited for in each. */
function slotsOf(lanes: readonly [lane: Lane, size: number, running: number, waiting: number][]): Slots {
  const slots = new Slots(new Map(lanes.map(([lane, size]) => [lane, size])))
  for (const [lane, , running, waiting] of lanes) {
    for (let count = running + waiting; count > 0; count -= 1) void slots.take(lane, 1)
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
    it(`have room for ${room}: ${what}`, () => {
      const arrived = lanes.reduce((sum, [, , running, waiting]) => sum + running + waiting, 0)
      expect(slotsOf(lanes).room(claimed - arrived)).to.equal(room)
    })
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
    expect([slots.take('threads', 1), slots.take('threads', 1)]).to.deep.equal(['taken', 'taken'])
  })

  it('are given on to those who wait, in their order', async () => {
    const slots = slotsOf([
      ['threads', 1, 1, 0],
      ['async', 1, 1, 0],
    ])
    const got: string[] = []
    const wait = async (name: string): Promise<void> => void got.push(`${name}: ${await slots.take('threads', 1)}`)
    for (const name of ['first', 'second']) void wait(name)
    slots.release('async', 1)
    await quiescence()
    expect(got).to.deep.equal([])
    slots.release('threads', 1)
    await quiescence()
    expect(got).to.deep.equal(['first: taken'])
    // It was given on: there is none for whoever comes next.
    void wait('third')
    await quiescence()
    expect(got).to.have.length(1)
    slots.release('threads', 1)
    await quiescence()
    expect(got).to.deep.equal(['first: taken', 'second: taken'])
  })

  it('have room again when they are given back', async () => {
    const slots = slotsOf([['threads', 1, 1, 1]])
    slots.release('threads', 1)
    expect(slots.room(0)).to.equal(0)
    slots.release('threads', 1)
    expect(slots.room(0)).to.equal(1)
    expect(slots.take('threads', 1)).to.equal('taken')
  })

  it('are more when there are to be more, also for those who wait', async () => {
    const slots = slotsOf([
      ['threads', 1, 1, 0],
      ['async', 1, 0, 0],
    ])
    const waits = slots.take('threads', 1)
    slots.resize('threads', 3)
    expect(await waits).to.equal('taken')
    expect([slots.size, slots.room(0), slots.take('threads', 1)]).to.deep.equal([4, 2, 'taken'])
  })

  it('are fewer when there are to be fewer, as soon as enough are given back', () => {
    const slots = slotsOf([['threads', 3, 3, 0]])
    slots.resize('threads', 1)
    expect([slots.size, slots.room(0)]).to.deep.equal([1, 0])
    slots.release('threads', 1)
    slots.release('threads', 1)
    expect(slots.room(0)).to.equal(0)
    slots.release('threads', 1)
    expect([slots.room(0), slots.take('threads', 1), slots.room(0)]).to.deep.equal([1, 'taken', 0])
  })

  it('stay as they are where a pool that is not there is to have others', () => {
    const slots = slotsOf([['threads', 3, 0, 0]])
    slots.resize('async', 9)
    expect(slots.size).to.equal(3)
  })

  it('are refused to all after the end, also to those who wait', async () => {
    const slots = slotsOf([
      ['threads', 2, 1, 0],
      ['async', 1, 1, 0],
    ])
    const waiting = slots.take('async', 1)
    slots.close()
    expect(await waiting).to.equal('closed')
    expect(await slots.take('threads', 1)).to.equal('closed')
    slots.release('async', 1)
    expect(await slots.take('async', 1)).to.equal('closed')
  })

  it('are refused in a pool that is not there', async () => {
    const slots = slotsOf([['threads', 1, 0, 0]])
    expect(await slots.take('async', 1)).to.equal('closed')
    slots.release('async', 1)
    expect(slots.room(0)).to.equal(1)
  })

  it('are shared by short tasks, in parts', () => {
    const slots = slotsOf([['threads', 2, 0, 0]])
    expect([null, 0, 0.1, 5, 10, 21].map((expected) => slots.part(expected))).to.deep.equal([
      1,
      1 / 256,
      1 / 200,
      0.25,
      0.5,
      1,
    ])
    expect(slots.take('threads', 0.5)).to.equal('taken')
    expect(slots.take('threads', 1)).to.equal('taken')
    expect(slots.room(0)).to.equal(0.5)
    slots.release('threads', 0.5)
    expect(slots.room(0)).to.equal(1)
  })

  it('are shared by no more tasks than a bound, however many slots there are', () => {
    const slots = slotsOf([['threads', 64, 0, 0]])
    expect(slots.size / slots.part(0)).to.equal(2_048)
  })

  it('are shared by no more tasks than was set', () => {
    for (const most of [1, 4, 256]) {
      expect(new Slots(new Map([['threads', 2]]), most).part(0)).to.equal(1 / most)
    }
  })

  it('are full when parts make up the whole, however they add up', () => {
    const slots = slotsOf([['threads', 1, 0, 0]])
    for (let count = 0; count < 10; count += 1) expect(slots.take('threads', 0.1)).to.equal('taken')
    expect(slots.room(0)).to.be.lessThan(1e-6)
    expect(slots.take('threads', 0.1)).to.be.a('promise')
    slots.close()
  })

  // As fractions they leave a hair behind: 0.1 + 0.2 + 0.3 - 0.1 - 0.2 - 0.3 is 1.1e-16.
  const uneven: [taken: number, parts: number[]][] = [
    [0, [0.1, 0.2, 0.3]],
    [0, [0.1, 0.05, 0.45]],
    [1, [0.05, 0.4, 0.05]],
    [1, [0.05, 0.4, 0.2]],
  ]
  for (const [taken, parts] of uneven) {
    it(`are free for a long task when ${parts.join(', ')} were given back, beside ${taken} that stay taken`, () => {
      const slots = slotsOf([['threads', taken + 1, taken, 0]])
      for (const part of parts) expect(slots.take('threads', part)).to.equal('taken')
      for (const part of parts) slots.release('threads', part)
      expect([slots.room(0), slots.load('threads')]).to.deep.equal([1, taken])
      const reach = new Reach(() => false)
      reach.note('q', 1)
      expect(reach.limit('q', slots.room(0))).to.equal(1)
    })
  }

  it('hold no more and no fewer of equal parts than make up a slot', () => {
    for (let most = 1; most <= 256; most += 1) {
      const slots = new Slots(new Map([['threads', 8]]), most)
      const part = slots.part(0)
      let held = 0
      while (slots.room(0) >= part) {
        expect(slots.take('threads', part)).to.equal('taken')
        held += 1
      }
      expect(slots.take('threads', part)).to.be.a('promise')
      expect(held).to.equal(8 * most)
      slots.close()
    }
  })

  describe('of the only pool', () => {
    const timers = new HandTimers()
    beforeEach(() => timers.install())
    afterEach(() => timers.uninstall())

    it('are waited for a short time, and not by many', async () => {
      const slots = slotsOf([['threads', 1, 1, 0]])
      const waiting = slots.take('threads', 1)
      expect(slots.take('threads', 1)).to.equal('late')
      timers.pass(19)
      slots.release('threads', 1)
      expect(await waiting).to.equal('taken')
      const late = slots.take('threads', 1)
      timers.pass(20)
      expect(await late).to.equal('late')
      expect(timers.waits).to.deep.equal([])
      slots.release('threads', 1)
      expect(slots.room(0)).to.equal(1)
    })
  })
})
