import { expect } from 'chai'
import type { StoredResult } from '../../../../src/engine/broker/broker.ts'
import type { TaskMessage } from '../../../../src/engine/message.ts'
import { TaskStates } from '../../../../src/engine/worker/task-states.ts'
import { aMessage } from '../a-message.ts'
import { engineLog } from '../engine-log.ts'
import { quiescence } from '../hand-timers.ts'
import { Questions } from '../questions.ts'

function statesOf() {
  const stores = new Questions<[StoredResult], void>()
  const logger = engineLog()
  const results = {
    sharesBroker: true,
    encode: (message: TaskMessage, state: string, value: unknown, stack: string | null): StoredResult => ({
      key: message.id,
      json: JSON.stringify([state, value, stack]),
      ttlSeconds: 1,
    }),
    store: stores.ask,
  }
  return { states: new TaskStates({ results, logger }), stores, logger }
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(() => (settled = true))
  await quiescence()
  return settled
}

describe('what running tasks say of themselves', () => {
  it('is written under the id of the task', async () => {
    const { states, stores } = statesOf()
    states.begin(1, aMessage({ id: 'one' }))
    states.report(1, 'PROGRESS', { done: 5 })
    const { args } = await stores.next()
    expect(args).to.deep.equal([{ key: 'one', json: '["PROGRESS",{"done":5},null]', ttlSeconds: 1 }])
  })

  it('is passed over for a task that is not running', async () => {
    const { states, stores } = statesOf()
    states.report(1, 'PROGRESS', 1)
    states.begin(2, aMessage())
    await states.end(2)
    states.report(2, 'PROGRESS', 2)
    await states.end(3)
    await quiescence()
    expect(stores.count).to.equal(0)
  })

  it('is written one after the other, and only the newest of those that come meanwhile', async () => {
    const { states, stores } = statesOf()
    states.begin(1, aMessage())
    for (const done of [1, 2, 3]) states.report(1, 'PROGRESS', done)
    const first = await stores.next()
    await quiescence()
    expect(stores.count).to.equal(1)
    states.report(1, 'OTHER', 4)
    first.answer()
    const second = await stores.next()
    expect([first, second].map(({ args: [{ json }] }) => json)).to.deep.equal([
      '["PROGRESS",1,null]',
      '["OTHER",4,null]',
    ])
    second.answer()
    await quiescence()
    states.report(1, 'LATER', null)
    expect((await stores.next()).args[0].json).to.equal('["LATER",null,null]')
  })

  it('is each task its own', async () => {
    const { states, stores } = statesOf()
    states.begin(1, aMessage({ id: 'one' }))
    states.begin(2, aMessage({ id: 'two' }))
    states.report(2, 'PROGRESS', 2)
    states.report(1, 'PROGRESS', 1)
    expect([(await stores.next()).args[0].key, (await stores.next()).args[0].key]).to.deep.equal(['two', 'one'])
  })

  it('is awaited at the end of the task, and what has not been begun is dropped', async () => {
    const { states, stores } = statesOf()
    states.begin(1, aMessage())
    states.report(1, 'PROGRESS', 1)
    states.report(1, 'PROGRESS', 2)
    const write = await stores.next()
    const end = Promise.resolve(states.end(1))
    expect(await isSettled(end)).to.equal(false)
    write.answer()
    await end
    await quiescence()
    expect(stores.count).to.equal(1)
  })

  it('harms nothing where it could not be written, and is written the next time', async () => {
    const { states, stores, logger } = statesOf()
    states.begin(1, aMessage({ id: 'one' }))
    states.report(1, 'PROGRESS', 1)
    const first = await stores.next()
    states.report(1, 'PROGRESS', 2)
    first.fail(new Error('gone'))
    const second = await stores.next()
    expect(second.args[0].json).to.equal('["PROGRESS",2,null]')
    second.fail(new Error('still gone'))
    await states.end(1)
    expect(logger.lines).to.deep.equal([
      ['debug', 'a state could not be stored', { taskId: 'one', error: 'gone' }],
      ['debug', 'a state could not be stored', { taskId: 'one', error: 'still gone' }],
    ])
  })
})
