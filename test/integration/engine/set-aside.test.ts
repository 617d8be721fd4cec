import { expect } from 'chai'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { encodeMessage } from '../../../src/engine/encode-message.ts'

describe('messages that can not be run', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())
  afterEach(() => engine.close())

  async function result(id: string): Promise<unknown> {
    return eventually(async () => {
      const meta = await engine.result(id)
      if (meta === null) throw new Error('no result')
      return meta.result
    })
  }

  it('are set aside byte for byte with the reason, and stop nothing', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    const garbage = [Buffer.from([0xff, 0x00, 0xfe]), Buffer.from('not JSON'), Buffer.from(''), Buffer.from('[]\0[]')]
    for (const raw of garbage) await engine.redis.lpush(engine.keys.list('celery'), raw)
    const { id } = await engine.client.send('test.add', [1, 1])
    await engine.worker.start()
    expect(await result(id)).to.equal(2)
    const aside = await eventually(async () => {
      const found = await engine.aside('unreadable')
      expect(found).to.have.length(garbage.length)
      return found
    })
    expect(aside.map(({ raw }) => raw?.toString('hex'))).to.have.members(garbage.map((raw) => raw.toString('hex')))
    expect(aside.map(({ note }) => note['reason'])).to.include('expected UTF-8 text, came other bytes')
    expect(await engine.claims()).to.equal(0)
  })

  it('a body that only the thread can judge is set aside too', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    const message = JSON.parse(
      encodeMessage({ name: 'test.add', args: [], id: 'x', queue: 'celery', origin: 'o', sentAt: 0 }),
    ) as object
    await engine.redis.lpush(engine.keys.list('celery'), JSON.stringify({ ...message, body: 'e30=' }))
    await engine.worker.start()
    await eventually(async () => expect(await engine.aside('unreadable')).to.have.length(1))
    const [only] = await engine.aside('unreadable')
    expect(only?.note).to.include({ id: 'x', task: 'test.add' })
  })

  it('unknown tasks are kept apart from unreadable messages', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.client.send('nobody.knows', [1])
    await engine.worker.start()
    await eventually(async () => expect(await engine.aside('unknown')).to.have.length(1))
    const [only] = await engine.aside('unknown')
    expect(only?.note).to.include({ task: 'nobody.knows', reason: 'no task is named nobody.knows' })
    expect(await engine.aside('unreadable')).to.deep.equal([])
  })

  it('are bounded: the oldest go first, and how many is told', async () => {
    engine = await createEngine({
      socketPath: server.socketPath,
      limits: { deadLetters: { max: 3, days: 30 } },
      concurrency: 1,
    })
    for (let number = 0; number < 5; number += 1) await engine.redis.lpush(engine.keys.list('celery'), `bad ${number}`)
    await engine.worker.start()
    await eventually(async () => {
      expect((await engine.aside('unreadable')).map(({ raw }) => String(raw))).to.deep.equal([
        'bad 2',
        'bad 3',
        'bad 4',
      ])
    })
    const key = engine.keys.aside('unreadable', 'celery')
    expect(await engine.redis.hlen(`${key}:n`)).to.equal(3)
    expect(await engine.redis.keys(`${key}:m:*`)).to.have.length(3)
    await eventually(() => expect(engine.dropped).to.deep.equal(['unreadable:1', 'unreadable:1']))
  })

  it('are gone once they must not run any more, but for the note', async () => {
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
    // When this one is there the worker takes messages: what comes now is set aside long before it lapses.
    await engine.client.send('nobody.knows', ['first'])
    await eventually(async () => expect(await engine.aside('unknown')).to.have.length(1))
    await engine.client.send('nobody.knows', ['secret'], { expiresInSeconds: 1 })
    await eventually(async () => expect(await engine.aside('unknown')).to.have.length(2))
    await eventually(async () => expect((await engine.aside('unknown'))[1]?.raw).to.be.instanceOf(Buffer))
    await eventually(async () => expect((await engine.aside('unknown'))[1]?.raw).to.equal(null))
    expect((await engine.aside('unknown'))[1]?.note).to.include({ task: 'nobody.knows' })
  })
})
