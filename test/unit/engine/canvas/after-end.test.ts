import { expect } from 'chai'
import { afterFailure, afterSuccess, type EndContext, type Failure } from '../../../../src/engine/canvas/after-end.ts'
import { chain, chord, group } from '../../../../src/engine/canvas/canvas.ts'
import type { Embed } from '../../../../src/engine/canvas/wire-signature.ts'
import { encodeMeta } from '../../../../src/engine/results/results.ts'
import { defineTask } from '../../../../src/engine/task.ts'
import { context, now, planOf, read } from './a-plan.ts'

const add = defineTask('proj.add', {}, (_context, a: number, b: number) => a + b)
const double = defineTask('proj.double', {}, (_context, value: number) => value * 2)
const sum = defineTask('proj.xsum', {}, (_context, values: number[]) => values.length)
const told = defineTask('proj.told', {}, (_context, taskId: string) => taskId)

const ends: EndContext = {
  ...context,
  encode: (owner, state, value, stack, children) => ({
    key: owner.id,
    json: encodeMeta(owner, state, value, stack, now, children),
    ttlSeconds: 5,
  }),
}
const task = { id: 'task', rootId: 'root', groupId: null, groupIndex: null }
const nothing: Embed = { callbacks: [], errbacks: [], chain: [], chord: null }
const failure: Failure = { state: 'FAILURE', value: { exc_type: 'Boom' }, stack: 'at here', tells: true }

/** What the first message of a plan says of what comes next. */
function embedOf(...planned: Parameters<typeof planOf>): Embed {
  return read(planOf(...planned).messages[0]).embed ?? nothing
}

describe('after a task that ended well', () => {
  it('the next of its chain is sent with what it gave and the rest, under its own id', () => {
    const embed = embedOf(chain(add.s(1, 2), double.s(), add.s(5)))
    const { following, children } = afterSuccess(task, embed, 3, ends)
    const [message, ...more] = following.messages
    expect(more).to.deep.equal([])
    expect(read(message)).to.deep.include({
      id: 'id-2',
      name: 'proj.double',
      args: [3],
      parentId: 'task',
      rootId: 'root',
    })
    expect(read(message).embed?.chain.map(({ options }) => options.task_id)).to.deep.equal(['id-1'])
    expect(children).to.deep.equal([[['id-2', null], null]])
    expect(following).to.deep.include({ chords: [], results: [], parts: [] })
  })

  it('its callbacks are sent, each with what it gave', () => {
    const embed = embedOf(add.s(1, 2).link(double.s(), group(add.s(1), add.si(8, 9))))
    const { following, children } = afterSuccess(task, embed, 3, ends)
    expect(following.messages.map((message) => read(message).args)).to.deep.equal([[3], [3, 1], [8, 9]])
    expect(children).to.have.length(2)
  })

  it('a group and what comes after it is a chord', () => {
    const embed = embedOf(chain(add.s(1, 2), group(double.s(), add.s(1)), sum.s()))
    const { following, children } = afterSuccess(task, embed, 3, ends)
    expect(following.messages.map((message) => read(message).args)).to.deep.equal([[3], [3, 1]])
    expect(following.chords).to.have.length(1)
    expect(following.chords[0]).to.include({ size: 2 })
    const [child] = children as [[string, null], unknown[]][]
    expect(child?.[1]).to.have.length(2)
  })

  it('is the same each time it is said', () => {
    const callback = { ...double.s().wire }
    const ids = (): string[] =>
      afterSuccess(task, { ...nothing, callbacks: [callback] }, 3, ends).following.messages.map(({ taskId }) => taskId)
    expect(ids()).to.deep.equal(ids())
  })

  it('its part in a chord says what it gave, and what comes of it', () => {
    const embed = embedOf(chord([add.s(1, 2), add.s(3, 4)], sum.s().linkError(told.s())))
    const member = { ...task, groupId: 'id-1', groupIndex: 0 }
    const [part, ...more] = afterSuccess(member, embed, { a: [] }, ends).following.parts
    expect(more).to.deep.equal([])
    expect(part).to.include({ groupId: 'id-1', index: 0, taskId: 'task', part: '[1,"task","SUCCESS",{"a":[]}]' })
    expect(read(part?.done.messages[0], '[1,2]')).to.deep.include({
      id: 'id-4',
      args: [[1, 2]],
      parentId: 'task',
      rootId: 'root',
    })
    const [result] = part?.failed.results ?? []
    expect(JSON.parse(`${result?.before}{"exc_type":"ChordError"}${result?.after}`)).to.deep.include({
      status: 'FAILURE',
      result: { exc_type: 'ChordError' },
      task_id: 'id-4',
      traceback: null,
    })
    expect(read(part?.failed.messages[0])).to.deep.include({ name: 'proj.told', args: ['id-4'], parentId: 'id-4' })
  })

  it('its part is nothing where its chord has no group', () => {
    const embed = embedOf(chord([add.s(1, 2), add.s(3, 4)], sum.s()))
    expect(afterSuccess(task, embed, 3, ends).following.parts).to.deep.equal([])
  })
})

describe('after a task that failed', () => {
  it('those who asked for errors get its id, and the rest of its chain fails with it', () => {
    const embed = embedOf(chain(add.s(1, 2).linkError(told.s()), double.s(), add.s(5)))
    const following = afterFailure(task, embed, failure, ends)
    expect(following.messages.map((message) => read(message))).to.have.length(1)
    expect(read(following.messages[0])).to.deep.include({
      name: 'proj.told',
      args: ['task'],
      parentId: 'task',
      rootId: 'root',
    })
    expect(following.results.map(({ key }) => key)).to.deep.equal(['id-2', 'id-1'])
    expect(JSON.parse(following.results[0]?.json ?? '')).to.deep.include({
      status: 'FAILURE',
      result: failure.value,
      traceback: 'at here',
      task_id: 'id-2',
    })
    expect(following.parts).to.deep.equal([])
  })

  it('nobody is told of one that was revoked, and whoever waits hears of it', () => {
    const embed = embedOf(chain(add.s(1, 2).linkError(told.s()), double.s()))
    const following = afterFailure(task, embed, { ...failure, state: 'REVOKED', tells: false }, ends)
    expect(following.messages).to.deep.equal([])
    expect(following.results.map(({ json }) => (JSON.parse(json) as { status: string }).status)).to.deep.equal([
      'REVOKED',
    ])
  })

  it('the chord that waits for the end of its chain hears of it', () => {
    const embed = embedOf(chord([chain(add.s(1, 2), double.s()), add.s(3, 4)], sum.s()))
    const following = afterFailure(task, embed, failure, ends)
    const [last] = following.results
    expect(following.parts).to.have.length(1)
    expect(following.parts[0]).to.include({
      groupId: 'id-1',
      index: 0,
      taskId: last?.key,
      part: `[1,"${last?.key}","FAILURE",{"exc_type":"Boom"}]`,
    })
  })

  it('chords that wait for its chord hear of it, however many', () => {
    const inner = chord([add.s(1, 2), add.s(3, 4)], sum.s())
    const middle = chord([inner, add.s(5, 6)], sum.s())
    const outer = planOf(chord([middle, add.s(7, 8)], chain(sum.s(), double.s())))
    const embed = read(outer.messages[0]).embed ?? nothing
    const member = { ...task, groupId: String(read(outer.messages[0]).groupId), groupIndex: 0 }
    const [part] = afterFailure(member, embed, failure, ends).parts
    const [second] = part?.failed.parts ?? []
    const [third] = second?.failed.parts ?? []
    expect(part?.failed.results).to.have.length(1)
    expect(second?.failed.results).to.have.length(1)
    expect(third?.failed.results, 'both of the chain').to.have.length(2)
    expect([second?.part, third?.part, third?.failed.parts]).to.deep.equal([null, null, []])
    expect(second?.taskId).to.equal(part?.failed.results[0]?.key)
  })
})
