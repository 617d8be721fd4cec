import { expect } from 'chai'
import type { TaskSummary } from '../../../../src/monitor/task-wire-types.ts'
import { bringUpToDate, countFresh } from '../../../../src/web/monitor/task-rows.ts'

function task(id: string, receivedAt: number, state: TaskSummary['state'] = 'STARTED'): TaskSummary {
  return {
    id,
    name: 'a',
    queue: 'celery',
    state,
    receivedAt,
    startedAt: null,
    endedAt: null,
    runtimeMs: null,
    retries: 0,
    node: 'n',
    error: null,
    progress: null,
  }
}

const rows = [task('c', 3), task('b', 2), task('a', 1)].map((one) => ({ task: one, gone: false }))

describe('the rows of the list of tasks', () => {
  it('change where they stand, and none comes in between', () => {
    const page = { tasks: [task('d', 4), task('c', 3, 'SUCCESS'), task('b', 2, 'FAILURE')], next: 'more' }
    const now = bringUpToDate(rows, page, false)
    expect(now.map(({ task: { id, state } }) => `${id} ${state}`)).to.deep.equal([
      'c SUCCESS',
      'b FAILURE',
      'a STARTED',
    ])
    expect(now.some(({ gone }) => gone)).to.equal(false)
    expect(countFresh(now, page)).to.equal(1)
  })

  it('say when they have left the state that the list is narrowed to', () => {
    const full = { tasks: [task('d', 4), task('c', 3), task('a', 1)], next: 'more' }
    expect(bringUpToDate(rows, full, true).map(({ gone }) => gone)).to.deep.equal([false, true, false])
    // Pushed off the page, as far as can be told.
    const pushed = { tasks: [task('e', 5), task('d', 4), task('c', 3)], next: 'more' }
    expect(bringUpToDate(rows, pushed, true).map(({ gone }) => gone)).to.deep.equal([false, false, false])
    // The last page has all that there are.
    expect(bringUpToDate(rows, { tasks: [], next: null }, true).every(({ gone }) => gone)).to.equal(true)
  })

  it('come back when they are in that state again', () => {
    const gone = rows.map((row) => ({ ...row, gone: true }))
    expect(bringUpToDate(gone, { tasks: [task('b', 2)], next: null }, true)[1]?.gone).to.equal(false)
  })
})
