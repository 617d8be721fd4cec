import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { encodeMeta, failureValue, readyStates, revokedValue } from '../../../../src/engine/results/results.ts'
import { aMessage } from '../a-message.ts'

type Meta = Record<string, unknown>
const file = new URL('../../../fixtures/celery/result_meta.jsonl', import.meta.url)
const golden = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { key: string; raw: string })
  .filter(({ key }) => key.startsWith('celery-task-meta-'))
  .map(({ raw }) => JSON.parse(raw) as Meta)

const meta = (...args: Parameters<typeof encodeMeta>): Meta => JSON.parse(encodeMeta(...args)) as Meta

describe('what the result backend holds', () => {
  it('has the fields that a real Celery writes', () => {
    expect(golden).to.have.length.above(2)
    for (const theirs of golden) {
      const ours = meta(
        aMessage({
          groupId: (theirs['group_id'] as string | undefined) ?? null,
          parentId: (theirs['parent_id'] as string | undefined) ?? null,
        }),
        String(theirs['status']),
        null,
        null,
        0,
      )
      expect(ours, String(theirs['status'])).to.have.all.keys(Object.keys(theirs))
    }
  })

  it('tells of a task what became of it, and when', () => {
    expect(meta(aMessage(), 'SUCCESS', [1], null, 1_800_000_000_000)).to.deep.equal({
      status: 'SUCCESS',
      result: [1],
      traceback: null,
      children: [],
      date_done: '2027-01-15T08:00:00.000000+00:00',
      task_id: 'an-id',
    })
    expect(meta(aMessage({ groupId: 'g', parentId: 'p' }), 'FAILURE', null, 'at here', 0)).to.include({
      group_id: 'g',
      parent_id: 'p',
      traceback: 'at here',
      date_done: '1970-01-01T00:00:00.000000+00:00',
    })
  })

  for (const state of ['STARTED', 'RETRY', 'PROGRESS']) {
    it(`has no end while more may happen: ${state}`, () => {
      expect(readyStates.has(state)).to.equal(false)
      expect(meta(aMessage(), state, null, null, 0)).to.include({ date_done: null })
    })
  }

  it("tells failures in Celery's form", () => {
    const [theirs] = golden.filter(({ status }) => status === 'FAILURE')
    const ours = failureValue({ type: 'RangeError', message: 'far', stack: 'at here' })
    expect(ours).to.deep.equal({ exc_type: 'RangeError', exc_message: ['far'], exc_module: 'lovage' })
    expect(ours).to.have.all.keys(Object.keys(theirs?.['result'] ?? {}))
  })

  it('tells failures that Celery has too as of its own class', () => {
    for (const type of ['TimeLimitExceeded', 'SoftTimeLimitExceeded', 'WorkerLostError']) {
      const told = failureValue({ type, message: 'over', stack: null })
      expect(told).to.deep.equal({ exc_type: type, exc_message: ['over'], exc_module: 'billiard.exceptions' })
    }
  })

  it("tells that a task was revoked in Celery's words", () => {
    const [theirs] = golden.filter(({ status }) => status === 'REVOKED')
    expect(revokedValue('expired')).to.deep.equal(theirs?.['result'])
    expect(revokedValue('revoked')).to.have.deep.property('exc_message', ['revoked'])
  })
})
