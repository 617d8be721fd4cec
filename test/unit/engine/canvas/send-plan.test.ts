import { expect } from 'chai'
import { chain, chord, group } from '../../../../src/engine/canvas/canvas.ts'
import { signature } from '../../../../src/engine/canvas/signature.ts'
import { defineTask } from '../../../../src/engine/task.ts'
import { goldenMessages } from '../golden-messages.ts'
import { now, planOf, read } from './a-plan.ts'

const add = defineTask('proj.add', {}, (_context, a: number, b: number) => a + b)
const double = defineTask('proj.double', {}, (_context, value: number) => value * 2)
const sum = defineTask('proj.xsum', {}, (_context, values: number[]) => values.length)
const secret = defineTask(
  'proj.secret',
  { mask: (mobile: string) => [`${mobile.slice(0, 3)}***`] },
  (_context, mobile: string) => mobile,
)

describe('what is sent for a signature', () => {
  it('of a task is its message, as a call of it', () => {
    const { messages, chords, result } = planOf(add.s(1, 2))
    expect([messages.length, chords.length]).to.deep.equal([1, 0])
    expect(messages[0]).to.include({ queue: 'celery', priority: 0, taskId: 'id-1', taskName: 'proj.add' })
    const message = read(messages[0])
    expect(message).to.deep.include({
      id: 'id-1',
      rootId: 'id-1',
      parentId: null,
      groupId: null,
      args: [1, 2],
      kwargs: {},
    })
    expect(message).not.to.have.property('embed')
    expect(message.properties).to.deep.include({
      delivery_info: { exchange: '', routing_key: 'celery' },
      timestamp: now / 1_000,
    })
    expect(message.headers).to.include({ argsrepr: '(1, 2)', origin: '1@host' })
    expect(result).to.deep.equal({ id: 'id-1', parent: null, members: null })
  })

  it('has its options', () => {
    const options = {
      taskId: 'mine',
      queue: 'high',
      priority: 9,
      countdown: 1.5,
      expiresInSeconds: 60,
      timeLimit: 9,
      softTimeLimit: 8,
    }
    const { messages } = planOf(add.s(1, 2).set(options))
    expect(messages[0]).to.include({ queue: 'high', priority: 9, taskId: 'mine' })
    expect(read(messages[0])).to.deep.include({
      id: 'mine',
      eta: now + 1_500,
      expires: now + 60_000,
      timeLimit: [9, 8],
    })
    expect(read(planOf(add.s(1, 2).set({ eta: new Date(now + 7) })).messages[0]).eta).to.equal(now + 7)
  })

  it('of a chain is its first task, with the others reversed, as Celery has them', () => {
    const { messages, result } = planOf(chain(add.s(1, 2), double.s(), add.s(5)))
    expect(messages).to.have.length(1)
    const message = read(messages[0])
    expect(message).to.deep.include({ id: 'id-3', name: 'proj.add', args: [1, 2] })
    expect(message.embed?.chain).to.deep.equal([
      { task: 'proj.add', args: [5], kwargs: {}, options: { task_id: 'id-1' }, subtask_type: null, immutable: false },
      { task: 'proj.double', args: [], kwargs: {}, options: { task_id: 'id-2' }, subtask_type: null, immutable: false },
    ])
    expect(result).to.deep.equal({
      id: 'id-1',
      members: null,
      parent: { id: 'id-2', members: null, parent: { id: 'id-3', members: null, parent: null } },
    })
  })

  it('of a group is every member, with its group and its place', () => {
    const { messages, chords, result } = planOf(
      group(add.s(1, 2), chain(add.s(3, 4), double.s()), group(add.s(5, 6), add.s(7, 8))),
    )
    expect(chords).to.deep.equal([])
    const read_ = messages.map((message) => read(message))
    expect(read_.map(({ args }) => args)).to.deep.equal([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ])
    expect(read_.map(({ groupId, groupIndex }) => [groupId, groupIndex])).to.deep.equal([
      ['id-1', 0],
      [null, null],
      ['id-1', 2],
      ['id-1', 3],
    ])
    // Of a chain the last one ends it.
    expect(read_[1]?.embed?.chain[0]?.options).to.deep.include({ group_id: 'id-1', group_index: 1, chord: null })
    expect(result.members?.map(({ id }) => id)).to.deep.equal(['id-2', 'id-3', 'id-5', 'id-6'])
  })

  it('of a chord is its header, each of which carries the body', () => {
    const { messages, chords, result } = planOf(chord([add.s(1, 2), add.s(3, 4)], sum.s()))
    expect(chords).to.deep.equal([{ groupId: 'id-1', size: 2, tree: null }])
    const [first, second] = messages.map((message) => read(message))
    const body = {
      task: 'proj.xsum',
      args: [],
      kwargs: {},
      options: { task_id: 'id-4' },
      subtask_type: null,
      immutable: false,
    }
    expect(first).to.deep.include({ groupId: 'id-1', groupIndex: 0, args: [1, 2] })
    expect(second).to.deep.include({ groupId: 'id-1', groupIndex: 1, args: [3, 4] })
    expect([first?.embed?.chord, second?.embed?.chord]).to.deep.equal([body, body])
    expect(result).to.deep.include({ id: 'id-4', members: null })
    expect(result.parent).to.deep.include({ id: 'id-1' })
  })

  it('of a chain with a group in it is a chord', () => {
    const { messages, chords } = planOf(chain(group(add.s(1, 2), add.s(3, 4)), sum.s(), double.s()))
    expect(chords).to.have.length(1)
    const { embed } = read(messages[0])
    expect(embed?.chord).to.deep.include({ task: 'proj.xsum' })
    expect(embed?.chord?.options.chain?.map(({ task }) => task)).to.deep.equal(['proj.double'])
  })

  it('of a chord whose members are more than tasks counts their ends, and keeps their order', () => {
    const ended = chain(add.s(1, 2), group(double.s(), double.s()))
    const { chords, messages } = planOf(chord([ended, chord([add.s(1, 2), add.s(3, 4)], sum.s())], sum.s() as never))
    const [inner, outer] = chords
    expect(inner).to.include({ size: 2, tree: null })
    expect(outer).to.include({ size: 3 })
    const { result } = JSON.parse(outer?.tree ?? '') as { result: [unknown, [unknown, unknown[] | null][]] }
    expect(result[1].map(([, members]) => members?.length ?? null)).to.deep.equal([2, null])
    expect(messages.map(({ taskName }) => taskName)).to.deep.equal(['proj.add', 'proj.add', 'proj.add'])
    const groupOfRest = read(messages[0]).embed?.chain[0]
    expect(groupOfRest?.subtask_type).to.equal('group')
    const members = groupOfRest?.kwargs['tasks'] as { options: object }[]
    for (const { options } of members) expect(options).to.deep.include({ group_id: outer?.groupId, group_index: 0 })
  })

  it('has its callbacks and its errbacks, those of a chain where they belong', () => {
    const one = read(planOf(add.s(1, 2).link(double.s()).linkError(signature('told'))).messages[0])
    expect(one.embed?.callbacks.map(({ task }) => task)).to.deep.equal(['proj.double'])
    expect(one.embed?.errbacks.map(({ task }) => task)).to.deep.equal(['told'])
    const { embed } = read(
      planOf(chain(add.s(1, 2), double.s()).link(double.s()).linkError(signature('told'))).messages[0],
    )
    expect(embed?.callbacks).to.deep.equal([])
    expect(embed?.errbacks).to.have.length(1)
    expect(embed?.chain[0]?.options.link).to.have.length(1)
    expect(embed?.chain[0]?.options.link_error).to.have.length(1)
    expect(() => group(add.s(1, 2)).link(sum.s())).to.throw('what comes after it is a chord')
  })

  it('takes what comes before it in front, unless it is immutable', () => {
    const front = { results: false, values: [7] }
    expect(read(planOf(add.s(5), {}, front).messages[0]).args).to.deep.equal([7, 5])
    expect(read(planOf(add.si(5, 6), {}, front).messages[0]).args).to.deep.equal([5, 6])
    const both = planOf(group(add.s(5), add.si(1, 2)), {}, front).messages
    expect(both.map((message) => read(message).args)).to.deep.equal([
      [7, 5],
      [1, 2],
    ])
  })

  it('can have the results of a chord put into it', () => {
    const front = { results: true, values: [] }
    const [message] = planOf(signature('proj.xsum', ['x'], { k: 'ö"\\' }), {}, front).messages
    expect(message?.text).to.be.an('array')
    const whole = read(message, '[1,"é\\n",{"a":[]}]')
    expect(whole.args).to.deep.equal([[1, 'é\n', { a: [] }], 'x'])
    expect(whole.kwargs).to.deep.equal({ k: 'ö"\\' })
    expect(planOf(sum.si([1]), {}, front).messages[0]?.text).to.be.a('string')
  })

  it('inherits its root, and knows its parent', () => {
    const { messages } = planOf(add.s(1, 2), { parentId: 'parent', rootId: 'root' })
    expect(read(messages[0])).to.include({ parentId: 'parent', rootId: 'root' })
  })

  it('shows arguments as the mask of their task says', () => {
    const headersOf = (signature: Parameters<typeof planOf>[0], maskOf?: () => typeof secret.options.mask): unknown =>
      read(planOf(signature, maskOf && { maskOf }).messages[0]).headers['argsrepr']
    expect(headersOf(secret.s('13800000000'))).to.equal("('138***',)")
    expect(headersOf(chain(secret.s('13800000000'), signature('x')))).to.equal("('138***',)")
    expect(headersOf(signature('proj.secret', ['13800000000']), () => secret.options.mask)).to.equal("('138***',)")
    expect(secret.s().wire.options.argsrepr, 'its argument is not known yet').to.equal('(...)')
  })

  it('is what Celery sends for the same, as far as it is of use', () => {
    // What a real Celery sent for the second task of a chain, and for a chord's body.
    const [second, , body] = goldenMessages
    for (const golden of [second, body]) {
      const { headers, properties } = golden?.envelope ?? expect.fail('there is none')
      const [args, kwargs] = golden?.body ?? expect.fail('there is none')
      const options = { taskId: String(headers['id']) }
      const ours = read(
        planOf(signature(String(headers['task']), args, kwargs, options), {
          parentId: String(headers['parent_id']),
          rootId: String(headers['root_id']),
        }).messages[0],
      )
      for (const name of ['task', 'id', 'parent_id', 'root_id', 'argsrepr', 'kwargsrepr'])
        expect(ours.headers[name]).to.equal(headers[name])
      expect(ours.properties['delivery_info']).to.deep.equal(properties['delivery_info'])
    }
  })
})
