import { expect } from 'chai'
import type { Sequelize } from 'sequelize'
import { serviceChecks, workerChecks, type WorkerParts } from '../../../src/cli/readiness-checks.ts'
import type { Look } from '../../../src/engine/inspector.ts'
import type { Activity } from '../../../src/engine/worker/activity.ts'

const idle: Activity = {
  running: 0,
  full: false,
  stuck: false,
  lastPoll: performance.now(),
  lastAnswer: 0,
  perSecond: 0,
  lostClaims: 0,
  leftForOthers: 0,
}

type Queue = Look['queues'][number]

function queue(name: string, change: Partial<Queue> = {}): Queue {
  const counts = { scheduled: 0, retrying: 0, limited: 0, dead: 0, unknown: 0, unreadable: 0 }
  return { name, byPriority: [1, 0, 0, 0], oldestAge: null, ...counts, served: true, ...change }
}

/** Why one of a worker's checks fails; null: it holds. */
async function failureOf(check: string, parts: Partial<WorkerParts>): Promise<string | null> {
  const checks = workerChecks({
    worker: { activity: { ...idle, lastPoll: performance.now() } },
    broker: { checkWritable: async () => {} },
    pools: [],
    inspector: { look: async () => ({ now: 0, queues: [] }) },
    maxAgeMs: null,
    ...parts,
  })
  try {
    await (checks[check] ?? expect.fail('there is no such check'))()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the readiness of the dispatcher', () => {
  const longAgo = (): number => performance.now() - 5_000
  const check = (activity: Partial<Activity>): Promise<string | null> =>
    failureOf('dispatcher', { worker: { activity: { ...idle, ...activity } } })

  it('is there while it asks for tasks, and while it is busy with those that it has', async () => {
    expect(await check({ lastPoll: performance.now() })).to.equal(null)
    expect(await check({ full: true, lastPoll: longAgo() })).to.equal(null)
  })

  it('is not there before it has asked, and when it asks no more', async () => {
    expect(await check({ lastPoll: 0 })).to.equal('has not taken tasks yet')
    expect(await check({ lastPoll: longAgo() })).to.match(/^has not asked for tasks for \d+ ms$/)
  })

  it('is not there when it takes no tasks although it has none', async () => {
    const stuck = { full: true, stuck: true }
    expect(await check({ ...stuck, lastPoll: longAgo() })).to.match(/^has not asked for tasks for \d+ ms$/)
    expect(await check({ ...stuck, lastPoll: performance.now() })).to.equal(null)
  })
})

describe('the readiness of the pools', () => {
  it('is there while nothing is wrong with them, and names the pool and the cause', async () => {
    const well = { kind: 'threads', trouble: null } as const
    expect(await failureOf('pool', { pools: [well, { kind: 'async', trouble: null }] })).to.equal(null)
    const pools = [well, { kind: 'async', trouble: 'no thread lives' }] as const
    expect(await failureOf('pool', { pools })).to.equal('async: no thread lives')
  })
})

describe('the readiness of the queues', () => {
  const check = (queues: readonly Queue[], maxAgeMs = 60_000): Promise<string | null> =>
    failureOf('queues', { inspector: { look: async () => ({ now: 0, queues }) }, maxAgeMs })

  it('is there while no message is older than the limit', async () => {
    expect(await check([])).to.equal(null)
    expect(await check([queue('celery'), queue('mail', { oldestAge: 60_000 })])).to.equal(null)
  })

  it('names the queues that have older ones', async () => {
    const old = [
      queue('celery', { oldestAge: 5 }),
      queue('mail', { oldestAge: 75_400 }),
      queue('sms', { oldestAge: 61_000 }),
    ]
    expect(await check(old)).to.equal(
      'the oldest message of mail is 75 s old; the oldest message of sms is 61 s old, expected at most 60 s',
    )
  })

  it('does not ask of queues that others serve', async () => {
    expect(await check([queue('theirs', { oldestAge: 75_400, served: false })])).to.equal(null)
  })

  it('is not asked for where there is no limit', () => {
    const parts = { worker: { activity: idle }, broker: { checkWritable: async () => {} }, pools: [], maxAgeMs: null }
    const look = (): Promise<Look> => expect.fail('it is not looked at')
    expect(workerChecks({ ...parts, inspector: { look } })).to.have.all.keys('broker', 'dispatcher', 'pool')
  })
})

describe('the readiness of what requests need', () => {
  it('names what is away, in its own words', async () => {
    const away = { set: () => Promise.reject(new Error('Redis is not ready: READONLY You can not write')) } as never
    const here = { set: async () => 'OK' } as never
    const database = { query: () => Promise.reject(new Error('no such table: tb_users')) } as unknown as Sequelize
    const checks = serviceChecks({ database, sessions: away, codes: here })
    const failures = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [
        name,
        await check().then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : error),
        ),
      ]),
    )
    expect(Object.fromEntries(failures)).to.deep.equal({
      sessions: 'READONLY You can not write',
      codes: null,
      database: 'no such table: tb_users',
    })
  })
})
