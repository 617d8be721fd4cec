import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'
import { mostLines, mostRuns, RedisRecords, type RecordLimits } from '../../../src/engine/broker/redis-records.ts'
import { recordStates } from '../../../src/engine/task-record.ts'
import { recordChange as change, recordFacts as facts } from '../../support/record-change.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('records of tasks on a real Redis', function () {
  this.timeout(30_000)
  let server: RedisServer
  let redis: Redis
  let keys: BrokerKeys

  before(async () => {
    server = await startRedis()
    redis = new Redis(server.socketPath)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => {
    keys = new BrokerKeys(`test-${randomUUID()}:`)
  })

  const recordsOf = (limits: Partial<RecordLimits> = {}): RedisRecords =>
    new RedisRecords({ redis, keys, limits: { max: 1_000, maxBytes: 100_000_000, days: 7, ...limits } })

  /** Every key that there is of the records, but for the figures. */
  const left = async (): Promise<string[]> => {
    const names = await redis.keys(`${keys.records()}*`)
    return names
      .map((key) => key.slice(keys.records().length))
      .filter((key) => key !== ':figures')
      .toSorted()
  }
  const ids = async (records: RedisRecords, query: Partial<Parameters<RedisRecords['page']>[0]> = {}) =>
    (await records.page({ limit: 1_000, ...query })).records.map(({ id }) => id)

  it('keep a run as far as it has come, and the runs after it', async () => {
    const records = recordsOf()
    await records.write([change('one', { state: 'STARTED' })], 0)
    await records.write([change('one', { state: 'RETRY', stack: 'at here' })], 0)
    await records.write([change('one', { state: 'STARTED', receivedAt: 2_000, key: 'tag-2' })], 0)
    const record = await records.read('one')
    expect(record).to.deep.include({ id: 'one', name: 'proj.add', facts, runsDropped: 0 })
    expect(record?.runs.map(({ state, receivedAt, error }) => [state, receivedAt, error?.stack ?? null])).to.deep.equal(
      [
        ['RETRY', 1_000, 'at here'],
        ['STARTED', 2_000, null],
      ],
    )
    expect(await records.counts()).to.deep.include({ STARTED: 1, RETRY: 0 })
    expect(await records.read('other')).to.equal(null)
  })

  it('take the end of a run that another process has followed already', async () => {
    const records = recordsOf()
    await records.write([change('one', { state: 'STARTED', receivedAt: 2_000, key: 'other-9' })], 0)
    await records.write([change('one', { state: 'RETRY', receivedAt: 1_000 })], 0)
    expect((await records.read('one'))?.runs.map(({ state }) => state)).to.deep.equal(['RETRY', 'STARTED'])
    expect(await ids(records, { state: 'STARTED' })).to.deep.equal(['one'])
    expect(await ids(records, { state: 'RETRY' })).to.deep.equal([])
  })

  it('are the same when they are written twice', async () => {
    const records = recordsOf()
    const changes = [change('one'), change('two', { state: 'FAILURE', parentId: 'one' })]
    await records.write(changes, 0)
    const before = [await records.figures(), await records.names(), await left()]
    await records.write(changes, 0)
    expect([await records.figures(), await records.names(), await left()]).to.deep.equal(before)
  })

  it('are found by state, by name, and by both', async () => {
    const records = recordsOf()
    const states = ['SUCCESS', 'FAILURE'] as const
    const changes = ['a', 'b'].flatMap((name) => states.map((state) => change(`${name}-${state}`, { name, state })))
    await records.write(changes, 0)
    expect(await ids(records)).to.deep.equal(['b-FAILURE', 'b-SUCCESS', 'a-FAILURE', 'a-SUCCESS'])
    expect(await ids(records, { state: 'FAILURE' })).to.deep.equal(['b-FAILURE', 'a-FAILURE'])
    expect(await ids(records, { name: 'a' })).to.deep.equal(['a-FAILURE', 'a-SUCCESS'])
    expect(await ids(records, { name: 'a', state: 'SUCCESS' })).to.deep.equal(['a-SUCCESS'])
    expect(await ids(records, { name: 'c' })).to.deep.equal([])
    expect(await records.counts('a')).to.deep.include({ SUCCESS: 1, FAILURE: 1, RETRY: 0 })
    await records.write([change('c', { name: 'a' })], 0)
    expect(await records.names()).to.deep.equal([
      { name: 'a', count: 3 },
      { name: 'b', count: 2 },
    ])
  })

  it('come in pages that nothing moves which comes meanwhile', async () => {
    const records = recordsOf()
    const expected = Array.from({ length: 25 }, (_value, index) => `task-${index}`)
    for (const id of expected)
      await records.write([change(id, { state: recordStates[Number(id.slice(5)) % 9] ?? 'SUCCESS' })], 0)
    const seen: string[] = []
    let before: string | null = null
    for (let page = 0; page < 3; page += 1) {
      const found = await records.page({ limit: 10, ...(before !== null && { before }) })
      seen.push(...found.records.map(({ id }) => id))
      before = found.next
      await records.write([change(`new-${page}`)], 0)
      // It stays at its place.
      await records.write([change('task-3', { state: 'FAILURE' })], 0)
    }
    expect(seen).to.deep.equal(expected.toReversed())
    expect(before).to.equal(null)
  })

  it('keep the newest runs of a task, and its first, and count the others', async () => {
    const records = recordsOf()
    for (let run = 0; run < mostRuns + 5; run += 1) {
      await records.write([change('one', { state: 'RETRY', receivedAt: 1_000 + run, key: `tag-${run}` })], 0)
    }
    const record = await records.read('one')
    expect(record?.runsDropped).to.equal(5)
    expect(record?.runs.map(({ receivedAt }) => receivedAt - 1_000)).to.deep.equal([0, 6, 7, 8, 9, 10, 11, 12, 13, 14])
  })

  it("keep the newest lines of a task's log, and count the others; of a task without a record none", async () => {
    const records = recordsOf()
    const lines = Array.from({ length: mostLines + 5 }, (_value, index) => `line\t${index}`)
    await records.write([change('one', { lines: lines.slice(0, 3) }), { ...change('two', { lines }), run: null }], 0)
    await records.write([{ ...change('one', { lines: lines.slice(3) }), run: null }], 0)
    const log = await records.log('one')
    expect(log.dropped).to.equal(5)
    expect(log.lines.map(({ text }) => text)).to.deep.equal(lines.slice(5))
    expect(log.lines.at(-1)?.time).to.equal(mostLines + 1)
    expect(await records.log('two')).to.deep.equal({ lines: [], dropped: 0 })
    expect(await left()).not.to.include(':log:two')
    expect(await redis.pttl(`${keys.records()}:log:one`)).to.be.within(1, 7 * 86_400_000)
  })

  it('know what a task has sent', async () => {
    const records = recordsOf()
    await records.write([change('child-1', { parentId: 'one' }), change('child-2', { parentId: 'one' })], 0)
    expect(await records.children('one')).to.deep.equal(['child-2', 'child-1'])
    const heads = await records.heads(['child-1', 'nobody'])
    expect([...heads]).to.deep.equal([['child-1', { name: 'proj.add', state: 'SUCCESS' }]])
    expect(await records.heads([])).to.deep.equal(new Map())
  })

  describe('that are over their bounds', () => {
    it('go, the oldest first, with all that belongs to them', async () => {
      const records = recordsOf({ max: 2 })
      await records.write([change('one', { name: 'a', parentId: 'p', lines: ['x', 'y'] })], 0)
      await records.write([change('two'), change('three')], 0)
      expect(await ids(records)).to.deep.equal(['three', 'two'])
      expect(await left()).to.deep.equal(['', ':SUCCESS', ':SUCCESS:proj.add', ':names'])
      expect(await records.names()).to.deep.equal([{ name: 'proj.add', count: 2 }])
      const { bytes, ...figures } = await records.figures()
      expect(figures).to.deep.equal({ count: 2, dropped: 1, passed: 0 })
      await records.write([], 0)
      expect((await records.figures()).bytes).to.equal(bytes)
    })

    it('leave half of the room to those that did not go well, however many do', async () => {
      const records = recordsOf({ max: 10 })
      const bad = Array.from({ length: 4 }, (_value, index) => `bad-${index}`)
      await records.write(
        bad.map((id) => change(id, { state: 'FAILURE' })),
        0,
      )
      for (let number = 0; number < 40; number += 1) await records.write([change(`good-${number}`)], 0)
      expect(await ids(records, { state: 'FAILURE' })).to.deep.equal(bad.toReversed())
      expect(await ids(records, { state: 'SUCCESS' })).to.have.length(6)
      const more = Array.from({ length: 30 }, (_value, index) => change(`worse-${index}`, { state: 'FAILURE' }))
      await records.write(more, 0)
      expect(await ids(records)).to.have.length(10)
      expect(await ids(records, { state: 'SUCCESS' })).to.deep.equal([])
    })

    it('go by their bytes, too', async () => {
      const records = recordsOf({ maxBytes: 50_000 })
      const stack = 'x'.repeat(4_000)
      for (let number = 0; number < 30; number += 1) {
        await records.write([change(`task-${number}`, { state: 'FAILURE', stack, lines: ['y'.repeat(500)] })], 0)
        expect((await records.figures()).bytes).to.be.at.most(50_000)
      }
      expect(await ids(records)).to.have.length(9)
      expect((await ids(records))[0]).to.equal('task-29')
    })

    it('go by their age, with the next write', async () => {
      const records = recordsOf()
      await records.write([change('old'), change('new')], 0)
      const score = Number(await redis.zscore(`${keys.records()}:SUCCESS`, 'old')) - 8 * 86_400_000_000
      for (const set of [':SUCCESS', ':SUCCESS:proj.add']) await redis.zadd(`${keys.records()}${set}`, score, 'old')
      await records.write([], 0)
      expect(await ids(records)).to.deep.equal(['new'])
      expect(await records.figures()).to.include({ count: 1, dropped: 1 })
    })

    it('take the bytes of their logs with them, though those have ended by themselves', async () => {
      const records = recordsOf()
      await records.write([change('stays')], 0)
      const { bytes } = await records.figures()
      await records.write([change('old', { lines: ['x'.repeat(500), 'y'] })], 0)
      await redis.del(`${keys.records()}:log:old`)
      await records.write([{ ...change('old', { lines: ['z'] }), run: null }], 0)
      await redis.del(`${keys.records()}:log:old`)
      const score = Number(await redis.zscore(`${keys.records()}:SUCCESS`, 'old')) - 8 * 86_400_000_000
      for (const set of [':SUCCESS', ':SUCCESS:proj.add']) await redis.zadd(`${keys.records()}${set}`, score, 'old')
      await records.write([], 0)
      expect(await ids(records)).to.deep.equal(['stays'])
      expect(await records.figures()).to.include({ bytes, dropped: 1 })
      expect(await left()).not.to.include(':logged')
    })

    it('leave nothing when all have gone', async () => {
      const records = recordsOf({ max: 1 })
      await records.write([change('one', { parentId: 'p', lines: ['x'] })], 0)
      const score = Number(await redis.zscore(`${keys.records()}:SUCCESS`, 'one')) - 8 * 86_400_000_000
      await redis.zadd(`${keys.records()}:SUCCESS`, score, 'one')
      await records.write([], 0)
      expect(await left()).to.deep.equal([])
      expect(await records.figures()).to.include({ count: 0, bytes: 0 })
    })
  })

  it('count what was not recorded, up and down', async () => {
    const records = recordsOf()
    await records.write([], 7)
    await records.write([change('one')], -2)
    expect((await records.figures()).passed).to.equal(5)
  })

  it('pass over what somebody else has written, or taken away', async () => {
    const records = recordsOf({ max: 2 })
    await records.write([change('one'), change('two')], 0)
    await redis.hset(keys.records(), 'one', 'no record')
    await redis.hdel(keys.records(), 'two')
    expect(await ids(records)).to.deep.equal([])
    expect(await records.read('one')).to.equal(null)
    await records.write([change('one'), change('three'), change('four')], 0)
    expect(await ids(records)).to.include.members(['four'])
    expect((await ids(records)).length).to.be.at.most(2)
  })

  it('are written in several calls where there are many, and read as fast as a page should be', async () => {
    const records = recordsOf({ max: 100_000 })
    const many = Array.from({ length: 1_234 }, (_value, index) => change(`task-${index}`))
    await records.write(many, 0)
    expect((await records.figures()).count).to.equal(1_234)
    expect((await records.page({ limit: 50 })).records).to.have.length(50)
  })

  it('take about as much memory as they say, of a usual task under 1,000 bytes', async () => {
    const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
    const records = recordsOf({ max: 100_000 })
    await records.write([change('warm-up')], 0)
    const before = await used()
    const { bytes: saidBefore } = await records.figures()
    const many = Array.from({ length: 20_000 }, (_value, index) =>
      change(randomUUID(), { receivedAt: 1_700_000_000_000 + index }),
    )
    for (let first = 0; first < many.length; first += 1_000) await records.write(many.slice(first, first + 1_000), 0)
    const each = ((await used()) - before) / many.length
    const said = ((await records.figures()).bytes - saidBefore) / many.length
    expect(each).to.be.lessThan(1_000)
    expect(said / each).to.be.within(0.7, 1.4)
  })
})
