import { expect } from 'chai'
import { showResult } from '../../../src/cli/result-output.ts'
import type { ResultMeta } from '../../../src/engine/results/results.ts'

const success = (result: ResultMeta['result']): ResultMeta => ({ state: 'SUCCESS', result, traceback: null })
const failure: ResultMeta = {
  state: 'FAILURE',
  result: { exc_type: 'RangeError', exc_message: ['too \u001b[31mfar'], exc_module: 'lovage' },
  traceback: 'RangeError: too far\n  at \u001b[2Jhere\n',
}

describe('a result', () => {
  for (const [result, text] of [
    ['one\ntwo\u001b[2J', 'one\ntwo\\x1b[2J\n'],
    [3, '3\n'],
    [null, 'None\n'],
    [{ done: true, names: ['a'] }, "{'done': True, 'names': ['a']}\n"],
  ] as const) {
    it(`is printed as Celery prints it: ${JSON.stringify(result)}`, () => {
      const value = result as ResultMeta['result']
      expect(showResult('x', success(value), {})).to.deep.equal({ text, error: null })
    })
  }

  it('is one JSON document for programs', () => {
    const { text, error } = showResult('x', success([1, 'a\u001b']), { json: true })
    expect([text, error]).to.deep.equal([
      '{"id":"x","state":"SUCCESS","result":[1,"a\\u001b"],"traceback":null}\n',
      null,
    ])
  })

  it('of a failure is an error, and its traceback where that is wanted', () => {
    const { text, error } = showResult('x', failure, {})
    expect(text).to.equal('')
    expect(error).to.include({ message: 'task x: FAILURE: RangeError: too \\x1b[31mfar', exit: 'failed' })
    const traced = showResult('x', failure, { traceback: true })
    expect(traced.text).to.equal('RangeError: too far\n  at \\x1b[2Jhere\n')
    expect(traced.error).to.have.property('exit', 'failed')
    expect(JSON.parse(showResult('x', failure, { json: true }).text)).to.deep.equal({ id: 'x', ...failure })
  })

  it('of a task that failed as nobody of ours fails is an error, too', () => {
    const { error } = showResult('x', { ...failure, result: ['odd'] }, {})
    expect(error?.message).to.equal("task x: FAILURE: ['odd']")
  })

  it('of a task that has not ended is not there yet', () => {
    const pending = showResult('x', null, {})
    expect([pending.text, pending.error?.exit]).to.deep.equal(['', 'notYet'])
    expect(pending.error?.message).to.equal('task x has not ended: PENDING, or nobody knows of it')
    const started = showResult('x', { state: 'PROGRESS', result: { of: 3 }, traceback: null }, { json: true })
    expect(JSON.parse(started.text)).to.include({ state: 'PROGRESS' })
    expect(started.error?.message).to.equal('task x has not ended: PROGRESS')
  })

  it('that JavaScript can not hold is not shown as another', () => {
    const { text, error } = showResult('x', { ...success(1e20), lost: 'an integer beyond 2^53' }, {})
    expect([text, error?.message]).to.deep.equal(['', 'the result of task x holds an integer beyond 2^53'])
    const json = showResult('x', { ...success(1e20), lost: 'an integer beyond 2^53' }, { json: true }).text
    expect(JSON.parse(json)).to.deep.include({ result: null, lost: 'an integer beyond 2^53' })
  })
})
