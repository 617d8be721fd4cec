import { expect } from 'chai'
import { AsyncResult } from '../../../src/engine/async-result.ts'
import { EngineError, TaskError } from '../../../src/engine/errors.ts'
import type { ResultMeta, ResultReader } from '../../../src/engine/results/results.ts'
import { failureValue, revokedValue } from '../../../src/engine/results/results.ts'

const meta = (state: string, result: ResultMeta['result'] = null, traceback: string | null = null): ResultMeta => ({
  state,
  result,
  traceback,
})

/** A backend that holds one thing; `waited` null: the time is over. Keeps what it was asked. */
function reader(held: ResultMeta | null, waited: ResultMeta | null = held) {
  const asked: unknown[][] = []
  const results: ResultReader = {
    read: async (id) => (asked.push(['read', id]), held),
    wait: async (id, timeoutMs) => (asked.push(['wait', id, timeoutMs]), waited),
    forget: async (id) => void asked.push(['forget', id]),
  }
  return { result: new AsyncResult('an-id', results), asked }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => expect.fail(`expected an error, came ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
}

describe('the result of a task that was sent', () => {
  it('has the id of the task', () => expect(new AsyncResult('an-id', null).id).to.equal('an-id'))

  const states: [state: string, held: ResultMeta | null, info: unknown][] = [
    ['PENDING', null, undefined],
    ['STARTED', meta('STARTED', { pid: 1, hostname: 'h' }), { pid: 1, hostname: 'h' }],
    ['PROGRESS', meta('PROGRESS', { done: 5 }), { done: 5 }],
    [
      'RETRY',
      meta('RETRY', failureValue({ type: 'E', message: 'm', stack: null })),
      { exc_type: 'E', exc_message: ['m'], exc_module: 'lovage' },
    ],
    ['SUCCESS', meta('SUCCESS', 7), 7],
    ['SUCCESS', meta('SUCCESS'), null],
    ['FAILURE', meta('FAILURE', 'text'), 'text'],
    ['REVOKED', meta('REVOKED'), null],
  ]
  for (const [state, held, info] of states) {
    it(`tells its state and what is held: ${state}, ${JSON.stringify(info)}`, async () => {
      const { result, asked } = reader(held)
      expect(await result.state()).to.equal(state)
      expect(await result.info()).to.deep.equal(info)
      expect(asked).to.deep.equal([
        ['read', 'an-id'],
        ['read', 'an-id'],
      ])
    })
  }

  it('gives what the task returned, its dates and bytes too', async () => {
    const value = [1, null, { __type__: 'datetime', __value__: '1970-01-01T00:00:00+00:00' }]
    const { result } = reader(meta('SUCCESS', value))
    expect(await result.get()).to.deep.equal([1, null, new Date(0)])
    expect(await result.info()).to.deep.equal([1, null, new Date(0)])
  })

  it('is an error where it holds what JavaScript can not hold, whatever the rest of it is', async () => {
    const lossy = { ...meta('SUCCESS', [1, null]), lost: 'NaN' }
    const expected = {
      code: 'RESULT_UNREADABLE',
      message: 'the result of task an-id: expected numbers that JavaScript can hold, came NaN',
    }
    const { result } = reader(lossy)
    expect(await errorOf(result.get()))
      .to.be.instanceOf(EngineError)
      .and.include(expected)
    expect(await errorOf(result.info())).to.include(expected)
    expect(await result.state()).to.equal('SUCCESS')
    // A failure is one, whatever numbers it has in its message.
    expect(await errorOf(reader({ ...meta('FAILURE', { exc_type: 'E' }), lost: 'NaN' }).result.get())).to.include({
      type: 'E',
    })
  })

  it('is an error where a typed value is none', async () => {
    const { result } = reader(meta('SUCCESS', { __type__: 'datetime', __value__: 'soon' }))
    const message = 'the result of task an-id: expected an ISO 8601 time, came 4 other characters'
    expect(await errorOf(result.get())).to.include({ code: 'RESULT_UNREADABLE', message })
  })

  const failures: [what: string, held: ResultMeta, type: string, message: string][] = [
    [
      'a failure of ours',
      meta('FAILURE', failureValue({ type: 'RangeError', message: 'far', stack: null })),
      'RangeError',
      'far',
    ],
    [
      'a failure of Celery',
      meta('FAILURE', { exc_type: 'ValueError', exc_message: ['bad', 7, ['x']], exc_module: 'builtins' }),
      'ValueError',
      'bad, 7, ["x"]',
    ],
    ['a failure without a message', meta('FAILURE', { exc_type: 'KeyError', exc_message: [] }), 'KeyError', ''],
    ['a message that is no list', meta('FAILURE', { exc_type: 'KeyError', exc_message: 'a' }), 'KeyError', 'a'],
    ['a failure without a class', meta('FAILURE', { exc_message: ['a'] }), 'Error', 'a'],
    ['a failure of another form', meta('FAILURE', 'went wrong'), 'Error', '"went wrong"'],
    ['a task that was revoked', meta('REVOKED', revokedValue('revoked')), 'TaskRevokedError', 'revoked'],
    ['a task that had expired', meta('REVOKED', revokedValue('expired')), 'TaskRevokedError', 'expired'],
    ['a task that was ended', meta('REVOKED', revokedValue('terminated')), 'TaskRevokedError', 'terminated'],
  ]
  for (const [what, held, type, message] of failures) {
    it(`throws a TaskError for ${what}`, async () => {
      const error = await errorOf(reader({ ...held, traceback: 'Traceback' }).result.get())
      expect(error).to.be.instanceOf(TaskError)
      expect(error).to.include({ type, state: held.state, traceback: 'Traceback', message: `${type}: ${message}` })
    })
  }

  it('has no traceback where the backend holds none', async () => {
    expect(await errorOf(reader(meta('FAILURE', 'x')).result.get())).to.have.property('traceback', null)
  })

  for (const [timeout, timeoutMs] of [
    [undefined, null],
    [0, 0],
    [1.5, 1_500],
  ] as const) {
    it(`waits ${timeout === undefined ? 'without a limit' : `${timeout} s`}`, async () => {
      const { result, asked } = reader(meta('SUCCESS', 1))
      expect(await result.get(timeout === undefined ? {} : { timeout })).to.equal(1)
      expect(asked).to.deep.equal([['wait', 'an-id', timeoutMs]])
    })
  }

  it('gives up when the time is over', async () => {
    const error = await errorOf(reader(meta('STARTED'), null).result.get({ timeout: 2 }))
    expect(error).to.be.instanceOf(EngineError)
    expect(error).to.include({ code: 'RESULT_TIMEOUT', message: 'task an-id has not ended within 2 s' })
  })

  for (const timeout of [-1, Number.NaN, Infinity, '5', null]) {
    it(`refuses a timeout of ${String(timeout)}`, async () => {
      const { result, asked } = reader(meta('SUCCESS', 1))
      const error = await errorOf(result.get({ timeout: timeout as number }))
      expect(error).to.include({ code: 'OPTION_INVALID' })
      expect(error).to.have.property('message', `get: timeout: expected seconds, 0 or more, came ${String(timeout)}`)
      expect(asked).to.deep.equal([])
    })
  }

  it('passes on what went wrong with the backend', async () => {
    const gone = new Error('gone')
    const fails = (): Promise<never> => Promise.reject(gone)
    const result = new AsyncResult('an-id', { read: fails, wait: fails, forget: fails })
    for (const work of [result.state(), result.info(), result.get(), result.forget()]) {
      expect(await errorOf(work)).to.equal(gone)
    }
  })

  it('can be dropped', async () => {
    const { result, asked } = reader(null)
    await result.forget()
    expect(asked).to.deep.equal([['forget', 'an-id']])
  })

  it('is kept nowhere without a backend', async () => {
    const result = new AsyncResult('an-id', null)
    for (const work of [result.state(), result.info(), result.get({ timeout: 1 }), result.forget()]) {
      expect(await errorOf(work)).to.include({
        code: 'RESULT_MISSING',
        message: 'this client was made without a result backend',
      })
    }
  })
})
