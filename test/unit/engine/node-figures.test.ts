import { expect } from 'chai'
import { nodeFigures } from '../../../src/engine/node-figures.ts'
import type { SeenNode } from '../../../src/engine/seen-nodes.ts'

const now = 10_000_000

function node(name: string, ago: number, fields: Partial<SeenNode> = {}): SeenNode {
  const figures = { active: 1, processed: 2, perSecond: 3, loadavg: [4] }
  return { name, heartbeatAt: now - ago, offline: false, freq: 2, software: 'py-celery 5.5.3', ...figures, ...fields }
}

describe('the processes on a broker', () => {
  it('are those with a lease, and those that were heard of', () => {
    const leases = [{ node: 'b', epoch: '1', alive: true }]
    const [celery, lovage] = nodeFigures([node('a', 500)], leases, now)
    const figures = { running: 1, processed: 2, perSecond: 3, load: [4] }
    const heard = { heardAgo: 500, ...figures }
    expect(celery).to.deep.equal({ name: 'a', kind: 'celery', state: 'online', software: 'py-celery 5.5.3', ...heard })
    const unheard = { heardAgo: null, running: null, processed: null, perSecond: null, load: [] }
    expect(lovage).to.deep.equal({ name: 'b', kind: 'lovage', state: 'online', software: '', ...unheard })
  })

  const states: [what: string, seen: SeenNode[], alive: boolean[], expected: string][] = [
    ['late after three heartbeats', [node('a', 6_001)], [], 'late'],
    ['offline when it has said so', [node('a', 10, { offline: true })], [], 'offline'],
    ['offline after a minute', [node('a', 60_001)], [], 'offline'],
    ['offline without its lease', [node('a', 10)], [false], 'offline'],
    ['late with a lease and without heartbeats', [node('a', 600_000)], [true], 'late'],
    ['there again when another start has its name', [node('a', 10)], [false, true], 'online'],
  ]
  for (const [what, seen, alive, expected] of states) {
    it(`are ${what}`, () => {
      const leases = alive.map((each, index) => ({ node: 'a', epoch: String(index), alive: each }))
      expect(nodeFigures(seen, leases, now).map(({ state }) => state)).to.deep.equal([expected])
    })
  }

  it('are forgotten after an hour', () => {
    expect(nodeFigures([node('a', 3_600_001)], [], now)).to.deep.equal([])
  })

  it('are known by what they say they are', () => {
    const kinds = nodeFigures([node('a', 1, { software: 'lovage 0.1.0' }), node('b', 1, { software: 'x' })], [], now)
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['lovage', 'other'])
  })
})
