import { expect } from 'chai'
import { EventState, type EventBounds, type TaskState } from '../../../src/cli/event-state.ts'

describe('what events tell of nodes and tasks', () => {
  function stateOf(bounds?: EventBounds) {
    let now = 1_000_000
    const state = new EventState(() => now, bounds)
    const task = (event: string, uuid: string, fields: object = {}): void =>
      state.add({ type: `task-${event}`, uuid, hostname: 'w1', ...fields })
    const counts = (name: string): Record<string, number> => {
      const kind = state.kinds.find((each) => each.name === name)
      return Object.fromEntries([...(kind?.counts ?? [])].filter(([, count]) => count !== 0))
    }
    return { state, task, counts, pass: (milliseconds: number) => void (now += milliseconds), now: () => now }
  }
  const add = { name: 'proj.add', args: '(2, 3)' }

  it('is a task on its way', () => {
    const { state, task, counts } = stateOf()
    const way: [event: string, fields: object, state: TaskState][] = [
      ['sent', { ...add, hostname: 'client' }, 'PENDING'],
      ['received', add, 'RECEIVED'],
      ['started', {}, 'STARTED'],
      ['succeeded', { runtime: 0.25, result: '5' }, 'SUCCESS'],
    ]
    for (const [event, fields, expected] of way) {
      task(event, 'a', fields)
      expect(counts('proj.add')).to.deep.equal({ [expected]: 1 })
      expect(state.recent(5)).to.have.length(1)
    }
    const [recent] = state.recent(1)
    expect(recent).to.include({
      id: 'a',
      name: 'proj.add',
      state: 'SUCCESS',
      node: 'w1',
      args: '(2, 3)',
      runtime: 0.25,
    })
    expect(state.events).to.equal(4)
  })

  for (const [event, expected] of [
    ['failed', 'FAILURE'],
    ['revoked', 'REVOKED'],
    ['rejected', 'REJECTED'],
    ['retried', 'RETRY'],
  ] as const) {
    it(`is a task that has ${event}`, () => {
      const { task, counts } = stateOf()
      for (const each of ['received', 'started', event]) task(each, 'a', add)
      expect(counts('proj.add')).to.deep.equal({ [expected]: 1 })
    })
  }

  it('is a task that runs again', () => {
    const { task, counts } = stateOf()
    for (const event of ['received', 'started', 'retried', 'received']) task(event, 'a', add)
    expect(counts('proj.add')).to.deep.equal({ RECEIVED: 1 })
    for (const event of ['started', 'rejected', 'received', 'started', 'succeeded']) task(event, 'a')
    expect(counts('proj.add')).to.deep.equal({ SUCCESS: 1 })
  })

  it('does not go back where events come out of their order', () => {
    const { state, task, counts } = stateOf()
    task('succeeded', 'a', { runtime: 1 })
    expect(counts('(unknown)')).to.deep.equal({ SUCCESS: 1 })
    task('started', 'a')
    task('received', 'a', add)
    task('sent', 'a', { ...add, hostname: 'client' })
    expect(counts('(unknown)')).to.deep.equal({})
    expect(counts('proj.add')).to.deep.equal({ SUCCESS: 1 })
    expect(state.recent(1)[0]).to.include({ name: 'proj.add', args: '(2, 3)', node: 'w1', runtime: 1 })
  })

  it('tells rate, average and slowest of those that ended', () => {
    const { state, task, pass } = stateOf()
    pass(20_000)
    for (const [uuid, runtime] of [
      ['a', 1],
      ['b', 4],
      ['c', 1],
    ] as const) {
      task('received', uuid, add)
      task('succeeded', uuid, { runtime })
      pass(1_000)
    }
    task('received', 'd', add)
    task('failed', 'd')
    task('failed', 'd')
    const [kind] = state.kinds
    expect(kind?.runtimes).to.deep.equal({ count: 3, total: 6, slowest: 4 })
    expect(kind?.endings.perSecond).to.be.closeTo(4 / 3, 0.01)
    pass(20_000)
    expect(kind?.endings.perSecond).to.equal(0)
  })

  it('is a node, from its heartbeats', () => {
    const { state, pass, now } = stateOf()
    const software = { sw_ident: 'lovage', sw_ver: '1.2.3' }
    const beat = { hostname: 'w1', freq: 5, active: 1, processed: 7, loadavg: [1, 0.5, 0.25], ...software }
    state.add({ type: 'worker-online', ...beat })
    state.add({ type: 'worker-heartbeat', ...beat, hostname: 'w0', freq: 2 })
    pass(3_000)
    state.add({ type: 'worker-heartbeat', hostname: 'w1', active: 2 })
    expect(state.nodes.map(({ name, heartbeatAt }) => [name, heartbeatAt])).to.deep.equal([
      ['w0', now() - 3_000],
      ['w1', now()],
    ])
    expect(state.nodes[1]).to.deep.include({
      freq: 5,
      active: 2,
      processed: 7,
      loadavg: [1, 0.5, 0.25],
      software: 'lovage 1.2.3',
      offline: false,
    })
    state.add({ type: 'worker-offline', hostname: 'w1' })
    expect(state.nodes[1]?.offline).to.equal(true)
    state.add({ type: 'worker-online', hostname: 'w1' })
    expect(state.nodes[1]?.offline).to.equal(false)
  })

  it('has the newest task first, and the most frequent kind', () => {
    const { state, task } = stateOf()
    for (const uuid of ['a', 'b', 'c']) task('received', uuid, { name: uuid === 'a' ? 'rare' : 'often' })
    task('started', 'a')
    expect(state.recent(2).map(({ id }) => id)).to.deep.equal(['a', 'c'])
    expect(state.kinds.map(({ name }) => name)).to.deep.equal(['often', 'rare'])
  })

  it('stays within its bounds, and keeps counting', () => {
    const { state, task, counts } = stateOf({ tasks: 3, nodes: 2, kinds: 2 })
    for (let count = 0; count < 10; count += 1) {
      task('received', `ends-${count}`, { name: 'ends' })
      task('succeeded', `ends-${count}`, { runtime: 1 })
      task('received', `stays-${count}`, { name: 'stays' })
      task('received', `other-${count}`, { name: `other-${count}` })
      state.add({ type: 'worker-heartbeat', hostname: `w${count}` })
    }
    expect(state.recent(100)).to.have.length(3)
    expect(counts('ends')).to.deep.equal({ SUCCESS: 10 })
    expect(counts('stays')).to.deep.equal({ RECEIVED: 1 })
    expect(counts('(others)')).to.deep.equal({ RECEIVED: 1 })
    expect(state.kinds).to.have.length(3)
    expect(state.nodes.map(({ name }) => name)).to.deep.equal(['w8', 'w9'])
  })

  it('takes whatever comes', () => {
    const { state, task } = stateOf()
    const odd: object[] = [
      { type: 'task-received' },
      { type: 'task-received', uuid: 7 },
      { type: 'task-strange', uuid: 'a' },
      { type: 'worker-heartbeat' },
      { type: 'worker-', hostname: null, freq: 'often', active: Number.NaN, loadavg: ['a', null, 1, 2, 3] },
      { type: '__proto__', hostname: '__proto__' },
      { type: 'task-received', uuid: '__proto__', name: 'constructor', args: 5, hostname: {} },
    ]
    for (const event of odd) state.add(event as { type: string })
    expect(state.events).to.equal(odd.length)
    expect(state.recent(5).map(({ id, name }) => [id, name])).to.deep.equal([['__proto__', 'constructor']])
    task('received', 'x'.repeat(1_000_000), { name: 'y'.repeat(1_000_000), args: 'z'.repeat(1_000_000) })
    expect(JSON.stringify(state.recent(1)).length).to.be.lessThan(1_000)
  })
})
