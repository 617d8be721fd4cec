import { expect } from 'chai'
import { SeenNodes } from '../../../src/engine/seen-nodes.ts'

describe('what heartbeats tell of nodes', () => {
  function seen(most?: number) {
    let now = 1_000_000
    const nodes = new SeenNodes(() => now, most)
    const beat = (hostname: string, fields: object = {}): void =>
      nodes.add({ type: 'worker-heartbeat', hostname, freq: 2, ...fields })
    return { nodes, beat, pass: (milliseconds: number) => void (now += milliseconds) }
  }

  it('is how many tasks they start per second', () => {
    const { nodes, beat, pass } = seen()
    const rates = [0, 20, 40, 60, 60, 60, 60, 60].map((processed) => {
      beat('w', { processed })
      pass(2_000)
      return nodes.nodes[0]?.perSecond
    })
    expect(rates).to.deep.equal([null, 10, 10, 10, 40 / 6, 20 / 6, 0, 0])
  })

  it('begins anew with a node that was started again', () => {
    const { nodes, beat, pass } = seen()
    beat('w', { processed: 1_000 })
    pass(2_000)
    beat('w', { processed: 0 })
    expect(nodes.nodes[0]?.perSecond).to.equal(null)
    pass(2_000)
    beat('w', { processed: 4 })
    expect(nodes.nodes[0]?.perSecond).to.equal(2)
  })

  it('is bounded, and whatever an event holds', () => {
    const { nodes, beat } = seen(2)
    beat('c'.repeat(1_000), { processed: 'many', loadavg: [1, 'x', null, 4], active: NaN })
    beat('b')
    beat('a')
    expect(nodes.nodes.map(({ name }) => name)).to.deep.equal(['a', 'b'])
    nodes.add({ type: 'worker-offline' })
    expect(nodes.nodes[0]).to.deep.include({ name: '', offline: true, processed: null, perSecond: null, software: '' })
  })
})
