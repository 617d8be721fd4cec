import { expect } from 'chai'
import type { Settlement } from '../../../../src/engine/broker/broker.ts'
import { ForOthers } from '../../../../src/engine/worker/for-others.ts'
import { claimOf } from './executor-of.ts'

function forOthersOf() {
  const settled: Settlement[] = []
  const lines: object[] = []
  const clock = { now: 1_000_000.4, random: 0 }
  const forOthers = new ForOthers({
    settler: { settle: async (_claim, settlement) => void settled.push(settlement) },
    broker: { now: () => clock.now },
    logger: { warn: (fields) => void lines.push(fields) },
    clock: { after: () => () => {} },
    random: () => clock.random,
  })
  const release = (id: string, name = 'py.add'): Promise<void> => forOthers.release(claimOf(), { id, name })
  return { forOthers, release, settled, lines, clock }
}

describe('messages that are left for others', () => {
  it('go back at once the first time, then after pauses that grow up to a bound, behind all others', async () => {
    const { release, settled, clock } = forOthersOf()
    for (let times = 0; times < 16; times += 1) await release('an-id')
    const pauses = settled.slice(1).map(({ schedule }) => (schedule?.due ?? 0) - Math.ceil(clock.now))
    expect(settled[0]).to.deep.equal({ requeue: true })
    expect(pauses.slice(0, 3)).to.deep.equal([250, 375, 562])
    expect(pauses.slice(-2)).to.deep.equal([30_000, 30_000])
    expect(pauses).to.deep.equal(pauses.toSorted((one, other) => one - other))
    expect(settled.slice(1).every(({ schedule }) => schedule?.behind === true)).to.equal(true)
  })

  it('do not come back together', async () => {
    const { release, settled, clock } = forOthersOf()
    for (const id of ['one', 'other']) await release(id)
    for (const [id, random] of [
      ['one', 0.25],
      ['other', 0.75],
    ] as const) {
      clock.random = random
      await release(id)
    }
    const pauses = settled.slice(2).map(({ schedule }) => Math.floor((schedule?.due ?? 0) - clock.now))
    expect(pauses).to.deep.equal([312, 437])
  })

  it('have pauses of their own', async () => {
    const { release, settled } = forOthersOf()
    for (const id of ['one', 'one', 'other']) await release(id)
    expect(settled.map(({ requeue }) => requeue === true)).to.deep.equal([true, false, true])
  })

  it('begin anew when they have not come for long', async () => {
    const { release, settled, clock } = forOthersOf()
    await release('an-id')
    clock.now += 119_999
    await release('an-id')
    clock.now += 120_000
    await release('an-id')
    expect(settled.map(({ requeue }) => requeue === true)).to.deep.equal([true, false, true])
  })

  it('wait at once where there are more than can be remembered: nothing goes round without a pause', async () => {
    const { release, settled, clock } = forOthersOf()
    for (let number = 0; number < 10_001; number += 1) await release(`id-${number}`)
    expect(settled.slice(0, 10_000).every(({ requeue }) => requeue === true)).to.equal(true)
    expect(settled[10_000]).to.deep.equal({ schedule: { due: Math.ceil(clock.now) + 30_000, behind: true } })
  })

  it('are counted, and logged by task: at once, then together', async () => {
    const { forOthers, release, lines } = forOthersOf()
    for (const name of ['py.add', 'py.mul', 'py.mul']) await release('an-id', name)
    expect(lines).to.deep.equal([{ tasks: { 'py.add': 1 } }])
    forOthers.close()
    expect(lines.slice(1)).to.deep.equal([{ tasks: { 'py.mul': 2 } }])
    expect(forOthers.count).to.equal(3)
  })

  it('are logged under one name where there are many', async () => {
    const { forOthers, release, lines } = forOthersOf()
    for (let number = 0; number < 30; number += 1) await release('an-id', `py.task-${number}`)
    forOthers.close()
    const [, { tasks = {} } = {}] = lines as { tasks?: Record<string, number> }[]
    expect(Object.keys(tasks)).to.have.length(20)
    expect(tasks).to.include({ others: 10, 'py.task-1': 1 })
  })
})
