import { expect } from 'chai'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import type { AsidePlace } from '../../../src/engine/broker/move-back.ts'
import { LuaScript } from '../../../src/engine/broker/lua-scripts.ts'
import { decodeMessage } from '../../../src/engine/message.ts'
import { AsideLab, message, type Aside } from './aside-lab.ts'

const nothing = { entries: [], notes: [], strings: [] }

describe('dead letters that go back to their queue', () => {
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

  /** Sets one message aside. */
  async function place(aside: Aside = {}): Promise<AsidePlace> {
    const { kind = 'dead', queue = 'celery' } = aside
    const [entry = ''] = await lab.put(aside)
    return { kind, queue, entry }
  }

  const ids = async (queue?: string, priority?: number): Promise<string[]> =>
    (await lab.onList(queue, priority)).map((raw) => decodeMessage(raw).id)

  describe('one by one', () => {
    it('are on the list of their priority, behind all others, with all their retries', async () => {
      await lab.redis.lpush(lab.keys.list('mail', 6), message({ id: 'first' }))
      const raw = message({ id: 'again', retries: 3, lovage_crashes: 2 }, { priority: 7 })
      const dead = await place({ queue: 'mail', raw, profile: '{}' })
      const before = await lab.now()
      expect(await lab.letters.retry(dead)).to.deep.equal({ moved: true })
      expect(await ids('mail', 6)).to.deep.equal(['first', 'again'])
      const [, again] = await lab.onList('mail', 6)
      expect(decodeMessage(again ?? Buffer.of())).to.include({ retries: 0, crashes: 0, eta: null })
      const { properties } = JSON.parse(String(again)) as { properties: { timestamp: number } }
      expect(properties.timestamp * 1000).to.be.within(before, await lab.now())
      expect(await lab.kept('dead', 'mail')).to.deep.equal(nothing)
    })

    for (const raw of [
      Buffer.from([0xff, 0x00, 0xfe]),
      Buffer.from(''),
      Buffer.from('{"properties":{"priority":3}}'),
    ]) {
      it(`are byte for byte as they were where they can not be read: ${JSON.stringify(raw.toString('latin1'))}`, async () => {
        expect(await lab.letters.retry(await place({ kind: 'unreadable', raw }))).to.deep.equal({ moved: true })
        expect(await lab.onList('celery', raw.length > 3 ? 3 : 0)).to.deep.equal([raw])
        expect(await lab.kept('unreadable')).to.deep.equal(nothing)
      })
    }

    it('stay where their message is gone', async () => {
      const dead = await place({ raw: null })
      const answer = { moved: false, reason: 'its message is gone: it has expired' }
      expect(await lab.letters.retry(dead)).to.deep.equal(answer)
      expect((await lab.kept('dead')).entries).to.deep.equal([dead.entry])
      expect(await lab.onList()).to.deep.equal([])
    })

    it('are told to be gone where they are', async () => {
      const answer = { moved: false, reason: 'it is not set aside any more' }
      expect(await lab.letters.retry({ kind: 'dead', queue: 'celery', entry: 'x' })).to.deep.equal(answer)
    })

    it('stay as they are where their list is something else', async () => {
      await lab.redis.set(lab.keys.list('celery'), 'text')
      const dead = await place()
      const before = await lab.kept('dead')
      const result = await lab.letters.retry(dead)
      expect(result).to.deep.equal({
        moved: false,
        reason: "the key of its queue's list holds something that is no list",
      })
      expect(await lab.kept('dead')).to.deep.equal(before)
    })

    it('go back once, however many ask for it', async () => {
      const dead = await place()
      const results = await Promise.all(Array.from({ length: 5 }, () => lab.another().retry(dead)))
      expect(results.filter(({ moved }) => moved)).to.have.length(1)
      expect(await lab.onList()).to.have.length(1)
    })

    it('stay where their message is not the one that was read', async () => {
      const { entry } = await place()
      const before = await lab.kept('dead')
      const script = new LuaScript('retry-aside', ['set-aside'])
      const set = lab.keys.aside('dead', 'celery')
      expect(await script.run(lab.redis, [set, lab.keys.list('celery')], [entry, 'f'.repeat(40), 'new'])).to.equal(-2)
      expect(await lab.kept('dead')).to.deep.equal(before)
      expect(await lab.onList()).to.deep.equal([])
    })

    it('go back also where Redis is out of memory', async () => {
      const dead = await place({ raw: message({ id: 'x' }) })
      await lab.redis.config('SET', 'maxmemory', '1')
      try {
        expect(await lab.letters.retry(dead)).to.deep.equal({ moved: true })
      } finally {
        await lab.redis.config('SET', 'maxmemory', '0')
      }
      expect(await ids()).to.deep.equal(['x'])
    })
  })

  describe('all at once', () => {
    it('are those that are meant, the oldest foremost, and those whose message is gone are counted', async () => {
      await lab.put(
        { raw: message({ id: 'a' }) },
        { raw: null },
        { raw: message({ id: 'other' }), task: 'proj.other' },
        { raw: message({ id: 'b' }) },
        { raw: message({ id: 'unknown' }), kind: 'unknown' },
      )
      expect(await lab.letters.retryAll({ kind: 'dead', task: 'proj.add' })).to.deep.equal({ moved: 2, left: 1 })
      expect(await ids()).to.deep.equal(['a', 'b'])
      expect((await lab.letters.list({ limit: 0 })).total).to.equal(3)
      expect(await lab.letters.retryAll({})).to.deep.equal({ moved: 2, left: 1 })
    })

    it('keep their order over all chunks, and tell how far they are', async () => {
      const wanted = Array.from({ length: 450 }, (_, index) => `id-${index}`)
      await lab.put(...wanted.map((id) => ({ raw: message({ id }) })))
      const told: object[] = []
      const result = { moved: 450, left: 0 }
      expect(await lab.letters.retryAll({}, (done) => told.push(done))).to.deep.equal(result)
      expect(told.length).to.be.greaterThan(1)
      expect(told.at(-1)).to.deep.equal(result)
      expect(await ids()).to.deep.equal(wanted)
      expect(await lab.kept('dead')).to.deep.equal(nothing)
    })

    it('are moved also where each is larger than what is looked at together', async () => {
      const large = 'x'.repeat(5_000_000)
      await lab.put(...[1, 2, 3].map(() => ({ kind: 'unreadable' as const, raw: large })))
      expect(await lab.letters.retryAll({})).to.deep.equal({ moved: 3, left: 0 })
      expect((await lab.onList()).map(({ length }) => length)).to.deep.equal([5_000_000, 5_000_000, 5_000_000])
    })

    it('go step by step, and the last step counts all whose message is gone', async () => {
      await lab.put({ raw: null }, ...Array.from({ length: 300 }, () => ({})), { raw: null })
      const first = await lab.letters.retrySome({}, 100, null)
      const last = await lab.letters.retrySome({}, 1_000, first.before)
      expect([first.left, first.done, last.left, last.done]).to.deep.equal([1, false, 2, true])
      expect(first.moved + last.moved).to.equal(300)
    })

    it('do not include what fails again meanwhile', async () => {
      await lab.put(...Array.from({ length: 250 }, () => ({})))
      let failedAgain: Promise<unknown> = Promise.resolve()
      const result = await lab.letters.retryAll({}, () => void (failedAgain = lab.put({}, {}, {})))
      await failedAgain
      expect(result).to.deep.equal({ moved: 250, left: 0 })
      expect((await lab.letters.list({ limit: 0 })).total).to.equal(6)
    })
  })

  describe('because their task is known by now', () => {
    const known = new Set(['proj.add', 'proj.late'])
    const parked = (id: string, task = 'proj.late', queue = 'celery'): Aside & { raw: string } => {
      return { kind: 'unknown', queue, task, id, raw: message({ id, task, retries: 2 }) }
    }

    it('are as they were, the oldest foremost; the others stay parked', async () => {
      const [a, b] = [parked('a'), parked('b')]
      const high = { ...parked('high'), raw: message({ id: 'high' }, { priority: 9 }) }
      await lab.put(a, parked('nobody', 'proj.nobody'), b, high, { ...parked('gone'), raw: null })
      await lab.put({ task: 'proj.late', id: 'dead' })
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(3)
      expect(await lab.onList()).to.deep.equal([a, b].map(({ raw }) => Buffer.from(raw)))
      expect(await ids('celery', 9)).to.deep.equal(['high'])
      const { letters } = await lab.letters.list({ limit: 10 })
      expect(letters.map(({ taskId }) => taskId)).to.deep.equal(['dead', 'gone', 'nobody'])
    })

    it('are those of the queues that are asked for', async () => {
      await lab.put(parked('a'), parked('b', 'proj.late', 'mail'), parked('c', 'proj.late', 'other'))
      expect(await lab.letters.releaseKnown(known, ['mail', 'other', 'nobody'])).to.equal(2)
      expect(await ids()).to.deep.equal([])
      expect(await ids('mail')).to.deep.equal(['b'])
    })

    it('are none where nothing is parked, and where nothing of it is known', async () => {
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(0)
      await lab.put(parked('a', 'proj.nobody'))
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(0)
      expect((await lab.letters.list({ limit: 0 })).total).to.equal(1)
    })

    it('are found later too, by a process that has looked before', async () => {
      await lab.put(parked('a', 'proj.nobody'))
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(0)
      await lab.put(parked('b'))
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(1)
      expect(await ids()).to.deep.equal(['b'])
    })

    it('are found anew by whoever knows other names', async () => {
      await lab.put(parked('a', 'proj.new'), parked('b', 'proj.nobody'))
      expect(await lab.letters.releaseKnown(known, ['celery'])).to.equal(0)
      expect(await lab.letters.releaseKnown(new Set(['proj.new']), ['celery'])).to.equal(1)
      expect(await lab.another().releaseKnown(new Set(['proj.nobody']), ['celery'])).to.equal(1)
    })

    it('go back once, however many processes know their name', async () => {
      await lab.put(...Array.from({ length: 300 }, (_, index) => parked(`id-${index}`)))
      const counts = await Promise.all([1, 2, 3].map(() => lab.another().releaseKnown(known, ['celery'])))
      expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(300)
      expect(new Set(await ids()).size).to.equal(300)
      expect(await lab.onList()).to.have.length(300)
    })
  })
})
