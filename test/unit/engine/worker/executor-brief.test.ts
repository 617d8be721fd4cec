import { expect } from 'chai'
import { encodeRetry } from '../../../../src/engine/encode-message.ts'
import type { Outcome } from '../../../../src/engine/outcome.ts'
import type { Job } from '../../../../src/engine/pool/pool.ts'
import { quiescence } from '../hand-timers.ts'
import { claimOf, executorOf, lost, now, success, type Given } from './executor-of.ts'

describe('the run of a short task', () => {
  /** An executor that knows the task to be short. */
  async function shortOf(given: Given = {}) {
    const all = executorOf({ ...given, sharesSlots: true })
    const done = all.execute(claimOf())
    ;(await all.runs.next()).answer(success)
    await done
    all.settled.length = 0
    all.noted.length = 0
    return all
  }
  const running = async ({ runs }: Pick<Awaited<ReturnType<typeof shortOf>>, 'runs'>) => {
    const { args, answer } = await runs.next()
    return { job: args[0], answer }
  }

  it('is not known to be short before it has run once: it takes a slot to itself', async () => {
    const all = executorOf({ sharesSlots: true })
    const first = all.execute(claimOf({}, 1))
    const second = all.execute(claimOf({}, 2))
    const one = await running(all)
    expect(one.job.expectedMs).to.equal(null)
    await quiescence()
    expect(all.runs.count, 'the second waits').to.equal(1)
    one.answer(success)
    await first
    const other = await running(all)
    other.answer(success)
    await second
    expect(all.noted).to.deep.equal([1, 1])
  })

  it('shares its slot with others, and gives its part back', async () => {
    const all = await shortOf()
    const ends = [1, 2, 3].map((id) => all.execute(claimOf({ id: `task-${id}` }, id)))
    const jobs: { job: Job; answer: (outcome: Outcome) => void }[] = []
    for (let left = 3; left > 0; left -= 1) jobs.push(await running(all))
    expect(jobs.map(({ job }) => job.expectedMs)).to.deep.equal([1, 1, 1])
    expect(all.noted).to.deep.equal([0.05, 0.05, 0.05])
    expect(all.slots.room(0)).to.be.closeTo(0.85, 1e-6)
    jobs[1]?.answer(success)
    await ends[1]
    expect(all.slots.room(0)).to.be.closeTo(0.9, 1e-6)
    jobs[0]?.answer(success)
    jobs[2]?.answer({ kind: 'ignore', runtimeMs: 1 })
    await Promise.all(ends)
    expect(all.slots.room(0)).to.equal(1)
    expect(all.settled).to.deep.equal([
      [['SUCCESS', 5], {}],
      [['SUCCESS', 5], {}],
      [null, {}],
    ])
  })

  it('that could not begin for a fault of ours is set aside, and its part of the slot is free', async () => {
    const all = await shortOf()
    Object.assign(all.logger, {
      debug() {
        throw new Error('a fault of ours')
      },
    })
    await all.execute(claimOf())
    expect(all.settled).to.have.length(1)
    expect(all.settled[0]?.[1].aside?.reason).to.equal('it could not be carried to its end: a fault of ours')
    expect(all.slots.room(0)).to.equal(1)
  })

  it('that was revoked or has expired is not run', async () => {
    const all = await shortOf()
    all.revoked.add('an-id')
    await all.execute(claimOf())
    await all.execute(claimOf({ id: 'other', expiresAt: now }))
    expect(all.runs.count).to.equal(1)
    expect(all.settled.map(([result]) => (result as unknown[])[0])).to.deep.equal(['REVOKED', 'REVOKED'])
    expect(all.slots.room(0)).to.equal(1)
  })

  const ways: [what: string, outcome: Outcome, state: string | null, rest: object][] = [
    ['goes back to its list where it has not begun', { kind: 'unstarted', runtimeMs: 0 }, null, { handBack: true }],
    [
      'is a failure where it fails',
      { kind: 'failure', error: { type: 'Error', message: 'no', stack: null }, deadLetter: false, runtimeMs: 1 },
      'FAILURE',
      {},
    ],
    [
      'goes on the schedule where it may go well another time',
      { kind: 'transient', error: { type: 'Error', message: 'no', stack: null }, retryAfterMs: 50, runtimeMs: 1 },
      'RETRY',
      {},
    ],
    ['is done where it was terminated', lost('terminated'), 'REVOKED', {}],
  ]
  for (const [what, outcome, state, rest] of ways) {
    it(`${what}; its part of the slot is free again`, async () => {
      const all = await shortOf()
      const done = all.execute(claimOf())
      const { answer } = await running(all)
      answer(outcome)
      await done
      expect(all.settled).to.have.length(1)
      const [[result, told]] = all.settled as [[unknown[] | null, object]]
      expect(result === null ? null : result[0]).to.equal(state)
      expect(told).to.deep.include(rest)
      expect(all.slots.room(0)).to.equal(1)
    })
  }

  it('is run again at once where it was a bystander, once; then it ends once', async () => {
    const all = await shortOf()
    let ends = 0
    all.executor.execute(claimOf(), () => (ends += 1))
    ;(await running(all)).answer(lost('bystander', false))
    const again = await running(all)
    expect(again.job.isolated).to.equal(false)
    again.answer(success)
    await quiescence()
    expect(ends).to.equal(1)
    expect(all.settled).to.deep.equal([[['SUCCESS', 5], {}]])
    expect(all.slots.room(0)).to.equal(1)
  })

  it('can be terminated, also while it waits for its start', async () => {
    const all = await shortOf()
    const done = all.execute(claimOf())
    const { job, answer } = await running(all)
    all.executor.terminate('another')
    all.executor.terminate('an-id')
    expect(all.terminated).to.deep.equal([['threads', job.key]])
    answer(lost('terminated'))
    await done
    all.executor.terminate('an-id')
    expect(all.terminated, 'it is over').to.have.length(1)
  })

  it('that turned out long is not taken for short the next time, until it has been short for a while', async () => {
    const all = await shortOf()
    const runOnce = async (runtimeMs: number): Promise<number | null> => {
      const done = all.execute(claimOf())
      const { job, answer } = await running(all)
      answer({ ...success, runtimeMs })
      await done
      return job.expectedMs
    }
    expect(await runOnce(1_000)).to.equal(1)
    expect(await runOnce(1)).to.equal(null)
    let runs = 1
    while ((await runOnce(1)) === null) runs += 1
    expect(runs).to.be.within(10, 30)
  })

  it('that has ended its thread before has a thread to itself', async () => {
    const all = await shortOf()
    const raw = Buffer.from(encodeRetry(claimOf().raw, { retries: 1, crashes: 1, eta: now }))
    const done = all.execute({ id: 8, queue: 'celery', raw })
    const { job, answer } = await running(all)
    expect(job).to.include({ isolated: true, expectedMs: null })
    answer(success)
    await done
  })

  for (const options of [{ trackStarted: true }, { onUncertain: 'fail' as const }]) {
    it(`does not share where its start is noted (${Object.keys(options).join()})`, async () => {
      const all = await shortOf({ options })
      const done = all.execute(claimOf())
      const { job, answer } = await running(all)
      expect(job.expectedMs).to.equal(null)
      answer(success)
      await done
    })
  }

  it('ends without a settlement once the claims are handed back', async () => {
    const all = await shortOf()
    const done = all.execute(claimOf())
    const { answer } = await running(all)
    await all.settler.abandon()
    answer(success)
    await done
    expect(all.settled).to.deep.equal([])
    expect(all.slots.room(0)).to.equal(1)
  })
})
