import { expect } from 'chai'
import type { RetryAllAnswer, RetryAllRequest } from '../../../../src/monitor/task-wire-types.ts'
import { createMonitorApi, type MonitorApi } from '../../../../src/web/monitor/monitor-api.ts'
import { retryAll } from '../../../../src/web/monitor/task-actions.ts'

function apiOf(steps: readonly RetryAllAnswer[]): { api: MonitorApi; asked: RetryAllRequest[] } {
  const asked: RetryAllRequest[] = []
  const api = createMonitorApi({ fetch: () => Promise.reject(new Error('nothing else is asked')) })
  return {
    asked,
    api: {
      ...api,
      async retryAll(which) {
        asked.push(which)
        const step = steps[asked.length - 1]
        if (step === undefined) throw new Error('it was asked again')
        return step
      },
    },
  }
}

describe('retrying all', () => {
  it('goes on, step by step, until it is done, with the time of the first', async () => {
    const { api, asked } = apiOf([
      { moved: 100, left: 1, remaining: 50, before: 9, done: false },
      { moved: 49, left: 1, remaining: 1, before: 9, done: true },
    ])
    let changed = 0
    const told: string[] = []
    const action = retryAll(api, { kind: 'dead', queue: 'mail' }, 150, () => changed++)
    expect(action.question).to.include('150')
    const done = await action.run(0, (text) => told.push(text))
    expect(asked).to.deep.equal([
      { kind: 'dead', queue: 'mail' },
      { kind: 'dead', queue: 'mail', before: 9 },
    ])
    expect(told).to.deep.equal(['已放回 100 条，剩余 50 条', '已放回 149 条，剩余 1 条'])
    expect(done).to.equal('已放回 149 条；1 条的消息已过期')
    expect(changed).to.equal(1)
  })

  it('ends where a step fails, and tells nobody that it is done', async () => {
    const { api } = apiOf([{ moved: 1, left: 0, remaining: 1, before: 9, done: false }])
    const action = retryAll(api, {}, 2, () => expect.fail('it is not done'))
    const failure: unknown = await action
      .run(0, () => {})
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(String(failure)).to.include('it was asked again')
  })
})
