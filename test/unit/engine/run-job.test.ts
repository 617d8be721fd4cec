import { expect } from 'chai'
import type { Job } from '../../../src/engine/pool/pool.ts'
import { runJob } from '../../../src/engine/pool/run-job.ts'
import { defineTask, type TaskDefinition } from '../../../src/engine/task.ts'

describe('one run of a task', () => {
  const pair = defineTask('pair', {}, (context, a: number, b: number) => [a, b, context.settings['c']])
  const odd = defineTask('odd', {}, () => Symbol('no JSON'))
  const tasks = new Map([pair, odd].map((task) => [task.name, task as unknown as TaskDefinition]))

  const run = (change: Partial<Job>) =>
    runJob(
      tasks,
      { c: 3 },
      { id: 'x', name: 'pair', retries: 0, body: '[[1,2],{},null]', softTimeLimit: null, ...change },
    )

  it('gives the handler its arguments and settings', async () => {
    expect(await run({})).to.deep.include({ kind: 'success', result: [1, 2, 3] })
  })

  const failures: [string, Partial<Job>, string][] = [
    ['an argument is missing', { body: '[[1],{},null]' }, 'pair() takes 2 arguments, came 1'],
    ['one came by name', { body: '[[1],{"b":2},null]' }, 'pair() takes its arguments by place, came by name: b'],
    ['this thread does not know it', { name: 'other' }, 'no task named other is loaded in this thread'],
    ['its result can not travel', { name: 'odd', body: '[[],{},null]' }, 'odd: its result: expected a JSON value'],
  ]
  for (const [name, change, message] of failures) {
    it(`fails where ${name}`, async () => {
      const outcome = await run(change)
      expect(outcome).to.have.property('kind', 'failure')
      expect(outcome).to.have.nested.property('error.message').that.includes(message)
    })
  }

  it('is unreadable where its body is', async () => {
    expect(await run({ body: '{' })).to.include({ kind: 'unreadable' })
  })
})
