import { expect } from 'chai'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { ClaimedBatches } from '../../../src/engine/broker/claimed-batches.ts'
import { RedisSettlements } from '../../../src/engine/broker/redis-settlements.ts'
import { AsideLab, message, type Aside } from './aside-lab.ts'

const nothing = { entries: [], notes: [], strings: [] }

/** So many messages, all alike. */
const many = (count: number, aside: Aside = {}): Aside[] => Array.from({ length: count }, () => ({ ...aside }))

describe('dead letters', () => {
  let server: RedisServer
  let lab: AsideLab

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(() => {
    lab = new AsideLab(server.socketPath)
  })
  afterEach(() => lab.close())

  it('are what the settle script has set aside', async () => {
    const raw = message()
    const claims = lab.keys.claims('node', 'epoch')
    await lab.redis.hset(claims, '7', lab.keys.list('celery'))
    await lab.redis.rpush(`${claims}:7`, 'another', raw)
    const aside = {
      kind: 'dead',
      reason: 'RangeError: too far',
      taskId: 'x',
      taskName: 'proj.boom',
      error: 'RangeError',
      stack: 'at',
      retries: 3,
      cpuProfile: '{"nodes":[]}',
    } as const
    const before = await lab.now()
    const batches = new ClaimedBatches()
    const [, claim] = batches.add(7, 'celery', [Buffer.from('another'), Buffer.from(raw)])
    if (claim === undefined) throw new Error('there is no claim')
    const { redis, keys } = lab
    const membership = { node: 'node', epoch: 'epoch' }
    const asideLimits = { max: 10, days: 1 }
    const settlements = new RedisSettlements({ redis, keys, membership, batches, asideLimits, onDropped: () => {} })
    expect(await settlements.settle(claim, { aside })).to.equal(true)
    const letter = await lab.letters.show('x')
    expect(letter?.time).to.be.within(before, await lab.now())
    expect(letter).to.deep.include({
      entry: `epoch:${claim.id}`,
      kind: 'dead',
      queue: 'celery',
      taskId: 'x',
      taskName: 'proj.boom',
      reason: 'RangeError: too far',
      error: 'RangeError',
      stack: 'at',
      retries: 3,
      bytes: raw.length,
      raw: Buffer.from(raw),
      profile: '{"nodes":[]}',
    })
  })

  describe('in a list', () => {
    it('are the newest first, whatever their kind and queue, with how many there are', async () => {
      const [a, b, c, d] = await lab.put(
        { kind: 'dead' },
        { kind: 'unknown', queue: 'mail:late' },
        { kind: 'unreadable' },
        { kind: 'dead', queue: 'mail:late' },
      )
      const page = await lab.letters.list({ limit: 3 })
      expect(page.letters.map(({ entry }) => entry)).to.deep.equal([d, c, b])
      expect(page.letters.map(({ kind, queue }) => `${kind} ${queue}`)).to.deep.equal([
        'dead mail:late',
        'unreadable celery',
        'unknown mail:late',
      ])
      expect(page.total).to.equal(4)
      const rest = await lab.letters.list({ limit: 3, offset: 3 })
      expect(rest.letters.map(({ entry }) => entry)).to.deep.equal([a])
      expect((await lab.letters.list({ limit: 3, offset: 4 })).letters).to.deep.equal([])
      expect(await lab.letters.list({ limit: 0 })).to.deep.include({ letters: [], total: 4 })
    })

    it('are none where nothing was ever set aside', async () => {
      expect(await lab.letters.list({ limit: 5 })).to.deep.include({ letters: [], total: 0 })
    })

    it('are those of a kind, a queue, a task or an age', async () => {
      const now = await lab.now()
      const [old, mail, unknown, other] = await lab.put(
        { time: now - 60_000 },
        { time: now - 30_000, queue: 'mail' },
        { time: now - 20_000, kind: 'unknown', task: 'proj.late' },
        { time: now - 10_000, task: 'proj.late' },
      )
      const found = async (filter: object): Promise<unknown> => {
        const { letters, total } = await lab.letters.list({ limit: 10, ...filter })
        expect(total).to.equal(letters.length)
        return letters.map(({ entry }) => entry)
      }
      expect(await found({ kind: 'dead' })).to.deep.equal([other, mail, old])
      expect(await found({ queue: 'mail' })).to.deep.equal([mail])
      expect(await found({ task: 'proj.late' })).to.deep.equal([other, unknown])
      expect(await found({ task: 'proj.late', kind: 'dead' })).to.deep.equal([other])
      expect(await found({ olderThanMs: 25_000 })).to.deep.equal([mail, old])
      expect(await found({ queue: 'nobody' })).to.deep.equal([])
    })

    it('of a task are counted although they are not all listed', async () => {
      await lab.put(...many(230, { task: 'proj.mine' }), ...many(230, { task: 'proj.other' }))
      const { letters, total } = await lab.letters.list({ task: 'proj.mine', limit: 2, offset: 210 })
      expect(total).to.equal(230)
      expect(letters.map(({ taskName }) => taskName)).to.deep.equal(['proj.mine', 'proj.mine'])
    })

    it('come once each, also when more were set aside within a millisecond than are read at a time', async () => {
      const entries = await lab.put(...many(650, { time: 5_000 }), { time: 4_000 }, { time: 6_000 })
      const { letters } = await lab.letters.list({ limit: 1_000 })
      expect(letters.map(({ entry }) => entry).toSorted()).to.deep.equal(entries.toSorted())
    })

    it('tell the size of their message, and that it is gone', async () => {
      await lab.put({ raw: null }, { raw: '' }, { raw: Buffer.from([0xff, 0xfe]) })
      const { letters } = await lab.letters.list({ limit: 10 })
      expect(letters.map(({ bytes }) => bytes)).to.deep.equal([2, 0, null])
    })

    it('are there although their note is missing or damaged', async () => {
      const [missing = '', , , last] = await lab.put(
        {},
        { note: [] },
        { note: { reason: 5, id: 7, task: {}, retries: 'x' } },
        {},
      )
      const notes = `${lab.keys.aside('dead', 'celery')}:n`
      await lab.redis.hdel(notes, missing)
      await lab.redis.hset(notes, last ?? '', 'null')
      const { letters } = await lab.letters.list({ limit: 10 })
      expect(letters).to.have.length(4)
      for (const letter of letters) {
        expect(letter).to.include({ reason: 'its note is missing', taskId: null, taskName: null, retries: null })
      }
    })
  })

  describe('one by one', () => {
    it('are found by their entry or their task, then the newest', async () => {
      const [first = ''] = await lab.put({ id: 'a' }, { id: 'b' })
      const [newest = ''] = await lab.put({ id: 'a', kind: 'unknown', queue: 'mail' })
      await lab.put({ id: 'c' })
      expect((await lab.letters.show(first))?.entry).to.equal(first)
      expect(await lab.letters.show('a')).to.include({ entry: newest, kind: 'unknown', queue: 'mail' })
      expect(await lab.letters.find('nobody')).to.equal(null)
      expect(await lab.letters.show('nobody')).to.equal(null)
    })

    it('show their message byte for byte, or that it is gone, and their profile', async () => {
      const raw = Buffer.from([0xff, 0x00, 0xfe])
      const [kept = '', gone = ''] = await lab.put({ raw, profile: '{}' }, { raw: null })
      expect(await lab.letters.show(kept)).to.deep.include({ raw, bytes: 3, profile: '{}' })
      expect(await lab.letters.show(gone)).to.deep.include({ raw: null, bytes: null, profile: null })
    })
  })

  describe('when they are purged', () => {
    it('are gone with all that was kept of them, and are counted', async () => {
      await lab.put(...many(450, { profile: '{}' }))
      const told: number[] = []
      expect(await lab.letters.purge({}, (count) => told.push(count))).to.equal(450)
      expect(await lab.kept('dead')).to.deep.equal(nothing)
      expect(told.at(-1)).to.equal(450)
      expect(told.length).to.be.greaterThan(1)
      expect(await lab.letters.purge({})).to.equal(0)
    })

    it('are only those that are meant', async () => {
      const now = await lab.now()
      const [old, young, other, unknown] = await lab.put(
        { time: now - 60_000 },
        { time: now - 1_000 },
        { time: now - 60_000, task: 'proj.other' },
        { time: now - 60_000, kind: 'unknown' },
      )
      expect(await lab.letters.purge({ kind: 'dead', task: 'proj.add', olderThanMs: 30_000 })).to.equal(1)
      const { letters } = await lab.letters.list({ limit: 10 })
      expect(letters.map(({ entry }) => entry))
        .to.have.members([young, other, unknown])
        .and.not.include(old)
    })

    it('are all of them, also when the clock has been set back since', async () => {
      await lab.put({ time: (await lab.now()) + 3_600_000 })
      expect(await lab.letters.purge({})).to.equal(1)
    })
  })

  describe('beyond their bounds', () => {
    it('are dropped by age in every set, and counted by kind', async () => {
      const now = await lab.now()
      const [kept] = await lab.put({ time: now - 86_400_000 })
      await lab.put(...many(2, { time: now - 3 * 86_400_000, profile: '{}' }), {
        time: now - 3 * 86_400_000,
        kind: 'unreadable',
        queue: 'mail',
      })
      expect(await lab.letters.trim(10, 2)).to.deep.equal({ dead: 2, unknown: 0, unreadable: 1 })
      expect(await lab.kept('dead')).to.deep.equal({ entries: [kept], notes: [kept], strings: [`:m:${kept}`] })
      expect(await lab.kept('unreadable', 'mail')).to.deep.equal(nothing)
      expect(await lab.letters.trim(10, 2)).to.deep.equal({ dead: 0, unknown: 0, unreadable: 0 })
    })

    it('are dropped by number, the oldest first, however many', async () => {
      const now = await lab.now()
      const entries = await lab.put(
        ...many(2_205, { time: now, raw: '' }).map((aside, index) => ({ ...aside, time: now - 5_000 + index })),
      )
      expect(await lab.letters.trim(5, 1)).to.deep.equal({ dead: 2_200, unknown: 0, unreadable: 0 })
      expect((await lab.kept('dead')).entries).to.deep.equal(entries.slice(-5))
    })

    it('leave no trace of a set that is empty', async () => {
      await lab.put({ queue: 'gone' }, { queue: 'here' })
      await lab.letters.purge({ queue: 'gone' })
      await lab.letters.trim(10, 36_500)
      expect(await lab.redis.smembers(lab.keys.asideIndex())).to.deep.equal([lab.keys.aside('dead', 'here')])
    })
  })
})
