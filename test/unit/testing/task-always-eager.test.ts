import { expect } from 'chai'
import { chain, chord, group } from '../../../src/engine/canvas/canvas.ts'
import { signature } from '../../../src/engine/canvas/signature.ts'
import {
  EngineError,
  Ignore,
  PermanentError,
  Reject,
  Retry,
  TaskError,
  TransientError,
} from '../../../src/engine/errors.ts'
import { PythonValue } from '../../../src/engine/python-value.ts'
import { defineTask } from '../../../src/engine/task.ts'
import { taskAlwaysEager } from '../../../src/testing/index.ts'

const runs: string[] = []
const add = defineTask('eager.add', { params: ['a', 'b'] }, (_context, a: number, b: number) => a + b)
const double = defineTask('eager.double', {}, (_context, value: number) => value * 2)
const note = defineTask('eager.note', {}, (_context, text: string | number) => void runs.push(String(text)))
const look = defineTask('eager.look', {}, (_context, value: Date | Uint8Array | PythonValue | object) => {
  runs.push(value.constructor.name)
  return value
})
const flaky = defineTask('eager.flaky', { maxRetries: 2 }, ({ retries }, failures: number, how: string) => {
  runs.push(`run ${retries}`)
  if (retries >= failures) return retries
  throw how === 'retry' ? new Retry({ countdown: 3_600 }) : new TransientError('not now')
})
const forever = defineTask('eager.forever', { maxRetries: null }, () => {
  throw new TransientError('never')
})
const boom = defineTask('eager.boom', { mask: () => ['***'] }, (_context, text: string): number => {
  throw new RangeError(text)
})
const ends = defineTask('eager.ends', {}, (_context, how: string) => {
  throw how === 'ignore' ? new Ignore() : new Reject('not for me')
})
const limited = defineTask('eager.limited', { softTimeLimit: 0.02, maxRetries: 0 }, async ({ signal }) => {
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
})
const replaced = defineTask('eager.replaced', {}, (context, value: number, how: string): number =>
  context.replace(how === 'chain' ? chain(double.s(value), double.s()) : chord([double.s(value)], sum.s())),
)
const sum = defineTask('eager.sum', {}, (_context, values: number[]) =>
  values.reduce((total, value) => total + value, 0),
)
const settings = defineTask('eager.settings', {}, (context) => JSON.stringify(context.settings))
const definitions = { add, double, note, look, flaky, forever, boom, ends, limited, replaced, sum, settings }

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => expect.fail('it went well'),
    (thrown: unknown) => thrown,
  )
  expect(error).to.be.instanceOf(Error)
  return error as Error
}

describe('tasks that run where they are sent', () => {
  const { client, tasks } = taskAlwaysEager(definitions, { settings: { own: { a: 1 } } })
  beforeEach(() => void (runs.length = 0))

  it('have run when delay() resolves, and give their results', async () => {
    const result = await tasks.note.delay('now')
    expect(runs).to.deep.equal(['now'])
    expect([await result.state(), await result.get()]).to.deep.equal(['SUCCESS', null])
    expect(await (await tasks.add.applyAsync([1, 2], { taskId: 'mine' })).get()).to.equal(3)
    expect(await client.asyncResult('mine').get({ timeout: 1 })).to.equal(3)
    await client.asyncResult('mine').forget()
    expect(await client.asyncResult('mine').state()).to.equal('PENDING')
    expect(await (await client.applyAsync(client.signature('eager.add', [1], { b: 5 }))).get()).to.equal(6)
  })

  it('get what a worker would get of their arguments, and give what a client would get of their results', async () => {
    const values = [new Date(0), new Uint8Array([1, 2]), new PythonValue('decimal', '1.10'), { a: [1, null] }]
    for (const value of values) {
      const given: unknown = await (await tasks.look.delay(value)).get()
      expect(given).to.deep.equal(value)
      expect(given).to.not.equal(value)
    }
    expect(runs).to.deep.equal(['Date', 'Uint8Array', 'PythonValue', 'Object'])
    expect(await failure(client.send('eager.add', [1n, 2]))).to.include({ code: 'ARGUMENT_INVALID' })
    expect(await failure((await client.send('eager.add', [1])).get())).to.include({ type: 'TypeError' })
  })

  it('find a copy of the settings, as in a thread', async () => {
    expect(await (await tasks.settings.delay()).get()).to.equal('{"own":{"a":1}}')
    expect(() => taskAlwaysEager({ add }, { settings: { gateway: () => 1 } })).to.throw('could not be cloned')
  })

  it('fail into their results, or into the call where that is wanted', async () => {
    const result = await tasks.boom.delay('too far')
    const error = await failure(result.get())
    expect(error).to.be.instanceOf(TaskError).and.include({ type: 'RangeError', message: 'RangeError: too far' })
    expect((error as TaskError).traceback).to.include('task-always-eager.test.ts')
    const eager = taskAlwaysEager(definitions, { taskEagerPropagates: true })
    expect(await failure(eager.tasks.boom.delay('too far'))).to.include({ type: 'RangeError', state: 'FAILURE' })
    expect(
      await failure(eager.client.applyAsync(chain(add.s(1, 2), note.s())).then(() => eager.tasks.boom.delay('x'))),
    ).to.include({
      message: 'RangeError: x',
    })
    expect(runs).to.deep.equal(['3'])
  })

  for (const how of ['transient', 'retry']) {
    it(`are retried without a wait, as often as they may: ${how}`, async () => {
      expect(await (await tasks.flaky.delay(2, how)).get()).to.equal(2)
      expect(runs).to.deep.equal(['run 0', 'run 1', 'run 2'])
      expect(await failure((await tasks.flaky.delay(3, how)).get())).to.include({ state: 'FAILURE' })
      expect(runs).to.have.length(6)
    })
  }

  it('are given up where they have no end', async () => {
    const error = await failure(tasks.forever.delay())
    expect(error).to.be.instanceOf(EngineError).with.property('message').that.includes('an end within 1000 runs')
  })

  it('leave no result where a worker leaves none', async () => {
    for (const how of ['ignore', 'reject']) {
      const result = await tasks.ends.delay(how)
      expect(await result.state()).to.equal('PENDING')
      expect(await failure(result.get())).to.include({ code: 'RESULT_MISSING' })
    }
  })

  it('are told of their soft limit', async () => {
    expect(await failure((await tasks.limited.delay()).get())).to.include({ type: 'SoftTimeLimitExceeded' })
  })

  it('are not waited for: a countdown is none. What is revoked or expired is not run', async () => {
    await tasks.note.applyAsync(['at once'], { countdown: 3_600 })
    await client.revoke('revoked')
    const revoked = await tasks.note.applyAsync(['revoked'], { taskId: 'revoked' })
    const expired = await tasks.note.applyAsync(['expired'], { expiresInSeconds: 0 })
    for (const result of [revoked, expired]) {
      expect(await failure(result.get())).to.include({ type: 'TaskRevokedError', state: 'REVOKED' })
    }
    expect(runs).to.deep.equal(['at once'])
  })

  it('are run once for an idempotency key', async () => {
    const first = await tasks.note.applyAsync(['once'], { idempotencyKey: 'k' })
    expect((await tasks.note.applyAsync(['twice'], { idempotencyKey: 'k' })).id).to.equal(first.id)
    expect(runs).to.deep.equal(['once'])
  })

  it('run what follows them: chains, groups, callbacks, and what takes their place', async () => {
    const chained = await client.applyAsync(chain(add.s(1, 2), double.s(), double.s()))
    expect([await chained.get(), await chained.parent?.get()]).to.deep.equal([12, 6])
    const all = await client.applyAsync(group(add.s(1, 2), double.s(4)))
    expect(await all.get()).to.deep.equal([3, 8])
    await client.applyAsync(add.s(1, 2).link(note.s()))
    const failed = await client.applyAsync(chain(boom.s('x').linkError(note.s()), double.s()))
    expect(await failure(failed.get())).to.include({ type: 'RangeError' })
    expect(runs).to.deep.equal(['3', failed.parent?.id])
    expect(await (await tasks.replaced.delay(3, 'chain')).get()).to.equal(12)
  })

  it('say so where Redis is needed: for chords', async () => {
    for (const sent of [
      client.applyAsync(chord([add.s(1, 2)], sum.s())),
      client.applyAsync(chain(group(add.s(1, 2), add.s(3, 4)), sum.s())),
      tasks.replaced.delay(3, 'chord'),
    ]) {
      const error = await failure(sent)
      expect(error).to.include({ code: 'OPTION_INVALID' })
      expect(error.message).to.match(/^taskAlwaysEager: .* came a chord .*startTestWorker/)
    }
  })

  it('say so where a task was not given', async () => {
    for (const sent of [client.send('elsewhere', []), client.applyAsync(chain(add.s(1, 2), signature('elsewhere')))]) {
      expect(await failure(sent)).to.include({
        code: 'TASK_UNKNOWN',
        message: 'taskAlwaysEager: no task named elsewhere is among those it was given',
      })
    }
    expect(() => taskAlwaysEager({ add: 'eager.add' as never })).to.throw(
      'tasks.add: expected a defineTask(...), came "eager.add"',
    )
    const other = defineTask('eager.add', {}, () => 1)
    expect(() => taskAlwaysEager({ add, other }))
      .to.throw('two tasks are named eager.add')
      .with.property('code', 'TASK_NAME_TAKEN')
    expect(taskAlwaysEager({ add, again: add }).tasks.again.name).to.equal('eager.add')
  })

  it('may send others while they run', async () => {
    const outer = defineTask('eager.outer', {}, async (_context, value: number) => {
      const inner = await tasks.double.delay(value)
      return (await inner.get()) + 1
    })
    expect(await (await taskAlwaysEager({ outer }).tasks.outer.delay(2)).get()).to.equal(5)
  })

  it('do not run what a permanent error has ended again', async () => {
    const refused = defineTask('eager.refused', {}, () => {
      runs.push('run')
      throw new PermanentError('Refused', 'never')
    })
    expect(await failure((await taskAlwaysEager({ refused }).tasks.refused.delay()).get())).to.include({
      type: 'Refused',
    })
    expect(runs).to.deep.equal(['run'])
  })

  it('show how far they are', async () => {
    const progress = defineTask('eager.progress', {}, async (context, done: number): Promise<string[]> => {
      context.updateState('PROGRESS', { done })
      const seen = eager.client.asyncResult(context.id)
      return [await seen.state(), JSON.stringify(await seen.info())]
    })
    const eager = taskAlwaysEager({ progress })
    const result = await eager.tasks.progress.delay(3)
    expect(await result.get()).to.deep.equal(['PROGRESS', '{"done":3}'])
  })
})
