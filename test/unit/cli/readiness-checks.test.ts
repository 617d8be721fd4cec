import { expect } from 'chai'
import { readinessChecks } from '../../../src/cli/readiness-checks.ts'
import type { Activity } from '../../../src/engine/worker/worker.ts'

describe('the readiness of the dispatcher', () => {
  const idle = { running: 0, lastAnswer: 0, perSecond: 0, lostClaims: 0, leftForOthers: 0 }
  const longAgo = (): number => performance.now() - 5_000
  const check = async (activity: Pick<Activity, 'full' | 'stuck' | 'lastPoll'>): Promise<void> => {
    const checks = readinessChecks({
      worker: { activity: { ...idle, ...activity } },
      broker: { checkWritable: async () => {} },
      database: {} as never,
      sessions: {} as never,
      codes: {} as never,
    })
    const { dispatcher } = checks
    if (dispatcher === undefined) throw new Error('there is no such check')
    await dispatcher()
  }
  const failureOf = (work: Promise<void>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : error),
    )

  it('is there while it asks for tasks, and while it is busy with those that it has', async () => {
    expect(await failureOf(check({ full: false, stuck: false, lastPoll: performance.now() }))).to.equal(null)
    expect(await failureOf(check({ full: true, stuck: false, lastPoll: longAgo() }))).to.equal(null)
  })

  it('is not there before it has asked, and when it asks no more', async () => {
    expect(await failureOf(check({ full: false, stuck: false, lastPoll: 0 }))).to.equal('has not taken tasks yet')
    const expected = /^has not asked for tasks for \d+ ms$/
    expect(await failureOf(check({ full: false, stuck: false, lastPoll: longAgo() }))).to.match(expected)
  })

  it('is not there when it takes no tasks although it has none', async () => {
    const expected = /^has not asked for tasks for \d+ ms$/
    expect(await failureOf(check({ full: true, stuck: true, lastPoll: longAgo() }))).to.match(expected)
    expect(await failureOf(check({ full: true, stuck: true, lastPoll: performance.now() }))).to.equal(null)
  })
})
