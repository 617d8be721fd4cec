import { expect } from 'chai'
import type { Claim } from '../../../src/engine/broker/broker.ts'
import { RedisChords } from '../../../src/engine/broker/redis-chords.ts'
import type { CanvasMessage, ChordPart, Following } from '../../../src/engine/canvas/following.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

const key = 'celery-taskset-meta-g'

/** A message whose text is its name, or that of the results in it. */
function messageOf(taskId: string, takesResults = false): CanvasMessage {
  const text = takesResults ? (['{"body":"[', ']"}'] as const) : taskId
  return { queue: 'after', priority: 0, taskId, taskName: 'x', text }
}

function partOf(taskId: string, index: number | null, state: string, result: unknown): ChordPart {
  return {
    groupId: 'g',
    index,
    taskId,
    part: JSON.stringify([1, taskId, state, result]),
    done: { messages: [messageOf('body', true)], chords: [{ groupId: 'next', size: 4, tree: null }] },
    failed: {
      results: [{ key: 'celery-task-meta-body', before: '{"status":"FAILURE","result":', after: '}', ttlSeconds: 50 }],
      messages: [messageOf('told')],
      parts: [],
    },
  }
}
const following = (...parts: ChordPart[]): Following => ({ messages: [], chords: [], results: [], parts })

describe('the end of a chord', () => {
  let server: RedisServer
  let engine: TestEngine
  let number = 0

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  beforeEach(async () => {
    engine = await createEngine({ socketPath: server.socketPath, pool: 'solo' })
    await engine.membership.join()
  })
  afterEach(async () => {
    const left = await engine.redis.keys('celery-task*')
    if (left.length > 0) await engine.redis.del(left)
    await engine.close(0)
  })

  async function claimed(): Promise<Claim> {
    await engine.redis.lpush(engine.keys.list('celery'), `m${(number += 1)}`)
    const [claim] = await engine.claim(1)
    return claim ?? expect.fail('there is none')
  }
  async function settle(...parts: ChordPart[]): Promise<void> {
    expect(await engine.broker.settle(await claimed(), { follow: following(...parts) })).to.equal(true)
  }
  const sent = (): Promise<string[]> => engine.redis.lrange(engine.keys.list('after'), 0, -1)
  /** What a worker of Celery's writes at the end of a member. */
  const celerys = (id: string, index: number | string, state: string, result: string): Promise<unknown> =>
    engine.redis.zadd(`${key}.j`, index, `[1, "${id}", "${state}", ${result}]`)
  const body = async (): Promise<unknown> => {
    const [message, ...more] = await sent()
    expect(more).to.deep.equal([])
    return JSON.parse((JSON.parse(String(message)) as { body: string }).body)
  }
  async function failure(): Promise<string> {
    expect(await sent()).to.deep.equal(['told'])
    const meta = await engine.result('body')
    const { exc_type: type, exc_message: text, exc_module: module } = (meta?.result ?? {}) as Record<string, unknown>
    expect([meta?.status, type, module]).to.deep.equal(['FAILURE', 'ChordError', 'celery.exceptions'])
    return (text as string[]).join()
  }

  it('comes with the last of its members, with the results in the order of their places, whoever ran them', async () => {
    await engine.redis.set(`${key}.s`, 4)
    await settle(partOf('c', 2, 'SUCCESS', { a: [], b: {} }))
    await celerys('b', 1, 'SUCCESS', '"gr\\u00fc\\u00dfe"')
    await settle(partOf('d', 3, 'SUCCESS', null))
    expect(await sent()).to.deep.equal([])
    await settle(partOf('a', 0, 'SUCCESS', ['x"\\', 'é']))
    expect(await body()).to.deep.equal([[['x"\\', 'é'], 'grüße', { a: [], b: {} }, null]])
    expect(await engine.redis.keys(`${key}*`)).to.deep.equal([])
    expect(await engine.redis.get('celery-taskset-meta-next.s')).to.equal('4')
  })

  it('counts what was added to it', async () => {
    await engine.redis.mset({ [`${key}.s`]: 1, [`${key}.t`]: 1 })
    await settle(partOf('a', 0, 'SUCCESS', 1))
    expect(await sent()).to.deep.equal([])
    await settle(partOf('b', 1, 'SUCCESS', 2))
    expect(await body()).to.deep.equal([[1, 2]])
  })

  for (const places of [
    [0, 1],
    [null, null],
  ] as const) {
    it(`counts a member once, however often it ends (places ${places.join()})`, async () => {
      await engine.redis.set(`${key}.s`, 2)
      for (const result of [1, 1, 7]) await settle(partOf('a', places[0], 'SUCCESS', result))
      expect(await sent()).to.deep.equal([])
      await settle(partOf('b', places[1], 'SUCCESS', 2))
      expect(await body()).to.deep.equal([[1, 2]])
      await settle(partOf('b', places[1], 'SUCCESS', 3), partOf('a', places[0], 'FAILURE', {}))
      expect(await sent()).to.have.length(1)
    })
  }

  it('counts a member once that Celery has counted twice', async () => {
    await engine.redis.set(`${key}.s`, 3)
    await celerys('a', 0, 'SUCCESS', '1.5')
    await celerys('a', 0, 'SUCCESS', '2.5')
    await settle(partOf('b', 1, 'SUCCESS', 2))
    expect(await sent()).to.deep.equal([])
    await settle(partOf('c', 2, 'SUCCESS', 3))
    expect(await body()).to.deep.equal([[1.5, 2, 3]])
  })

  it('is seen by a member that ends again, where whoever ended last did not live to send it', async () => {
    await engine.redis.set(`${key}.s`, 2)
    await settle(partOf('a', 0, 'SUCCESS', 1))
    await celerys('b', 1, 'SUCCESS', '2')
    await settle(partOf('a', 0, 'SUCCESS', 1))
    expect(await body()).to.deep.equal([[1, 2]])
  })

  it('fails when one of them failed, and not before all have ended', async () => {
    await engine.redis.set(`${key}.s`, 3)
    await settle(partOf('b', 1, 'REVOKED', { exc_type: 'TaskRevokedError', exc_message: ['expired'] }))
    await celerys(
      'c',
      2,
      'FAILURE',
      '{"exc_type": "KeyError", "exc_message": ["x", 5, null], "exc_module": "builtins"}',
    )
    expect(await sent()).to.deep.equal([])
    await settle(partOf('a', 0, 'SUCCESS', 1))
    expect(await failure()).to.equal("Dependency b raised TaskRevokedError('expired')")
    expect(await engine.redis.keys(`${key}*`)).to.deep.equal([])
    await settle(partOf('b', 1, 'FAILURE', {}))
    expect(await sent(), 'told once').to.deep.equal(['told'])
  })

  it('goes well when a member that failed has ended well at last', async () => {
    await engine.redis.set(`${key}.s`, 2)
    await settle(partOf('a', 0, 'FAILURE', { exc_type: 'Boom' }))
    await settle(partOf('a', 0, 'SUCCESS', 1))
    await settle(partOf('b', 1, 'SUCCESS', 2))
    expect(await body()).to.deep.equal([[1, 2]])
  })

  it('tells the chord that waits for it', async () => {
    await engine.redis.mset({ [`${key}.s`]: 1, 'celery-taskset-meta-outer.s': 2 })
    const outer: ChordPart = { ...partOf('body', 1, '', null), groupId: 'outer', part: null }
    const inner = partOf('a', 0, 'FAILURE', { exc_type: 'Boom', exc_message: ["it's"] })
    await settle({ ...inner, failed: { ...inner.failed, parts: [{ ...outer, done: { messages: [], chords: [] } }] } })
    expect(await sent()).to.deep.equal(['told'])
    const [end] = await engine.redis.zrange('celery-taskset-meta-outer.j', '0', '-1')
    const text = "Dependency a raised Boom('it's')"
    expect(JSON.parse(String(end))).to.deep.equal([
      1,
      'body',
      'FAILURE',
      { exc_type: 'ChordError', exc_message: [text], exc_module: 'celery.exceptions' },
    ])
  })

  it('arranges the results as the group says that was kept for it', async () => {
    const tree = {
      result: [
        ['g', null],
        [
          [['a', null], null],
          [
            ['x', null],
            [
              [['c', null], null],
              [['b', [['p', null], null]], null],
            ],
          ],
        ],
      ],
    }
    await engine.redis.mset({ [`${key}.s`]: 3, [key]: JSON.stringify(tree) })
    for (const [index, id] of ['a', 'b', 'c'].entries()) await settle(partOf(id, index, 'SUCCESS', id))
    expect(await body()).to.deep.equal([['a', ['c', 'b']]])
    expect(await engine.redis.keys(`${key}*`), 'but what the group was').to.deep.equal([key])
  })

  it('fails where somebody has put something else among the ends', async () => {
    await engine.redis.set(`${key}.s`, 2)
    await engine.redis.zadd(`${key}.j`, 0, 'no end')
    await settle(partOf('b', 1, 'SUCCESS', 1))
    expect(await failure()).to.include('Join error')
  })

  it('keeps no claim from its end, whatever its keys hold', async () => {
    await engine.redis.set(`${key}.j`, 'text')
    await settle(partOf('a', 0, 'SUCCESS', 1))
    expect(await engine.claims()).to.equal(0)
  })

  it('has a bound in time', async () => {
    await engine.redis.set(`${key}.s`, 2)
    await settle(partOf('a', 0, 'SUCCESS', 1))
    for (const suffix of ['.s', '.j']) expect(await engine.redis.ttl(key + suffix)).to.be.within(2_590_000, 2_592_000)
  })

  it('is told by the result backend, where that is another Redis, as often as it is asked', async () => {
    const chords = new RedisChords({ redis: engine.redis, keys: engine.keys })
    await chords.open([{ groupId: 'g', size: 2, tree: null }])
    const result = { key: 'celery-task-meta-a', json: '{"status":"SUCCESS","result":1}', ttlSeconds: 50 }
    expect(await chords.follow(following(partOf('a', 0, 'SUCCESS', 1)), result)).to.deep.equal([])
    expect(await engine.result('a')).to.include({ status: 'SUCCESS' })
    const last = following(partOf('b', 1, 'SUCCESS', { ü: [] }))
    for (let round = 1; round <= 2; round += 1) {
      const [message, ...more] = await chords.follow({ ...last, messages: [messageOf('first')] }, undefined)
      expect(message).to.deep.equal(messageOf('first'))
      expect(more.map(({ taskId, queue, priority, taskName }) => [taskId, queue, priority, taskName])).to.deep.equal([
        ['body', 'after', 0, 'x'],
      ])
      expect(JSON.parse((JSON.parse(String(more[0]?.text)) as { body: string }).body)).to.deep.equal([[1, { ü: [] }]])
    }
    expect(await sent(), 'the broker sends').to.deep.equal([])
  })
})
