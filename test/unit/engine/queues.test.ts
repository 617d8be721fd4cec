import { expect } from 'chai'
import { EngineError } from '../../../src/engine/errors.ts'
import { checkQueueName, Queues } from '../../../src/engine/queues.ts'

describe('the queues of a process', () => {
  it('are bound to an exchange of their own name at the start', () => {
    expect(new Queues(['a', 'b']).bindings).to.deep.equal([
      { name: 'a', exchange: 'a', routingKey: 'a' },
      { name: 'b', exchange: 'b', routingKey: 'b' },
    ])
  })

  it('come and go', () => {
    const queues = new Queues(['a'])
    queues.add({ name: 'b', exchange: 'x', routingKey: 'r' })
    queues.remove('a')
    queues.remove('nothing')
    expect([queues.names, queues.has('a'), queues.has('b')]).to.deep.equal([['b'], false, true])
    expect(queues.bindings).to.deep.equal([{ name: 'b', exchange: 'x', routingKey: 'r' }])
    queues.remove('b')
    expect(queues.names).to.deep.equal([])
  })

  it('stay as they are bound where they are added again', () => {
    const queues = new Queues(['a'])
    queues.add({ name: 'a', exchange: 'x', routingKey: 'r' })
    expect(queues.bindings).to.deep.equal([{ name: 'a', exchange: 'a', routingKey: 'a' }])
  })

  it('are known when they are gone: what was scheduled for them is to be looked after', () => {
    const queues = new Queues(['a', 'b'])
    queues.remove('a')
    expect([...queues.known]).to.deep.equal(['a', 'b'])
  })

  it('have names that are no keys of anything else', () => {
    for (const name of ['mail', 'a.b-c', 'größe', 'unacked2', 'lovage']) checkQueueName(name)
    const bad = ['', 'a b', 'a,b', 'a\x06\x16', 'x'.repeat(256), 'unacked', 'unacked_index', '_kombu.binding.a']
    for (const name of [...bad, 'lovage:claims:a:b:1', 'celery-task-meta-1']) {
      expect(() => checkQueueName(name), name)
        .to.throw(EngineError)
        .with.property('code', 'OPTION_INVALID')
    }
  })
})
