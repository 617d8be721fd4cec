import { expect } from 'chai'
import { mergeLayers } from '../../../src/config/merge-layers.ts'

describe('config/merge-layers', () => {
  it('lets later layers win, name by name, and knows which one did', () => {
    const { values, sources } = mergeLayers([
      { source: 'one', values: { a: 1, group: { b: 2, c: 3 } } },
      { source: 'two', values: { group: { c: 4 } } },
      { source: 'three', values: { a: null, group: { b: undefined } } },
    ])
    expect(values).to.deep.equal({ a: null, group: { b: 2, c: 4 } })
    expect([...sources]).to.have.deep.members([
      ['a', 'three'],
      ['group', 'one'],
      ['group.b', 'one'],
      ['group.c', 'two'],
    ])
  })

  it('replaces a list whole and keeps no hold on it', () => {
    const queues = ['mine']
    const layers = [
      { source: 'one', values: { queues: ['a', 'b'] } },
      { source: 'two', values: { queues } },
    ]
    const { values } = mergeLayers(layers)
    expect(values).to.deep.equal({ queues: ['mine'] })
    expect(values['queues']).not.to.equal(queues)
  })

  it('changes no layer', () => {
    const first = { group: { b: 2 } }
    mergeLayers([
      { source: 'one', values: first },
      { source: 'two', values: { group: { b: 3, c: 4 } } },
    ])
    expect(first).to.deep.equal({ group: { b: 2 } })
  })

  it('lets a value replace a group and a group a value', () => {
    const { values, sources } = mergeLayers([
      { source: 'one', values: { a: 1, group: { b: 2 } } },
      { source: 'two', values: { a: { deep: true }, group: 5 } },
    ])
    expect(values).to.deep.equal({ a: { deep: true }, group: 5 })
    expect(sources.get('a')).to.equal('two')
    expect(sources.get('group')).to.equal('two')
  })
})
