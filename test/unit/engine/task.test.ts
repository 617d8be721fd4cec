import { expect } from 'chai'
import { defineTask, isTaskDefinition } from '../../../src/engine/task.ts'

const nothing = (): null => null

describe('defineTask', () => {
  it('gives a value that can not be changed', () => {
    const options = { maxRetries: 1 }
    const task = defineTask('proj.add', options, nothing)
    expect(task).to.deep.include({ kind: 'lovage.task', name: 'proj.add', options, handler: nothing })
    expect(Object.isFrozen(task) && Object.isFrozen(task.options)).to.equal(true)
    options.maxRetries = 5
    expect(task.options.maxRetries).to.equal(1)
  })

  for (const name of ['a', 'n'.repeat(200), 'proj.tasks:add/2!~']) {
    it(`takes a name of ${name.length} characters`, () => expect(defineTask(name, {}, nothing).name).to.equal(name))
  }

  const bad: [what: string, define: () => unknown, expected: string][] = [
    ...['', 'a b', 'n'.repeat(201), 'é', 'a\n', 5].map((name): [string, () => unknown, string] => [
      `a name that is ${JSON.stringify(name).slice(0, 20)}`,
      () => defineTask(name as string, {}, nothing),
      `a task's name: expected 1 to 200 printable characters without blanks, came ${JSON.stringify(name)}`,
    ]),
    [
      'no handler',
      () => defineTask('t', {}, undefined as never),
      'task t: handler: expected a function, came undefined',
    ],
    ['a handler that is none', () => defineTask('t', {}, 1 as never), 'task t: handler: expected a function, came 1'],
    ['options that are the handler', () => defineTask('t', nothing as object, undefined as never), 'task t: handler: '],
    ['no options', () => defineTask('t', null as never, nothing), 'task t: options: expected an object, came null'],
    [
      'an unknown option',
      () => defineTask('t', { maxRetires: 1 } as object, nothing),
      'task t: option maxRetires: expected one of retryInPlace, ',
    ],
    [
      'a parameter without a name among those that have one',
      () => defineTask('t', { params: ['a'] as never }, (_context, a: number, b: number) => a + b),
      'task t: params: expected the names of all 2 parameters after the context, came ["a"]',
    ],
    ['a bad value', () => defineTask('t', { softTimeLimit: 0 }, nothing), 'seconds, more than 0, came 0'],
  ]
  for (const [what, define, expected] of bad) {
    it(`refuses ${what}`, () => expect(define).to.throw(expected).with.property('code', 'OPTION_INVALID'))
  }
})

describe('a task definition', () => {
  it('is told from anything else', () => {
    expect(isTaskDefinition(defineTask('t', {}, nothing))).to.equal(true)
    for (const other of [null, undefined, 'lovage.task', nothing, {}, { kind: 'other' }, []]) {
      expect(isTaskDefinition(other)).to.equal(false)
    }
  })
})
