import { expect } from 'chai'
import { deflateSync } from 'node:zlib'
import { encodeMessage } from '../../../src/engine/encode-message.ts'
import { EngineError, PythonValue, TaskError } from '../../../src/engine/index.ts'
import { createEngine, type TestEngine } from '../../support/engine.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'

describe('values, on their way through Redis and a thread', () => {
  let server: RedisServer
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
    engine = await createEngine({ socketPath: server.socketPath })
    await engine.worker.start()
  })
  after(async () => {
    await engine.close()
    await server.stop()
  })

  /** Puts a message on the queue as another client may have written it. */
  async function push(
    id: string,
    change: { body?: string; compression?: string; 'content-type'?: string },
  ): Promise<Buffer> {
    const { body, compression, ...rest } = change
    const text = encodeMessage({ name: 'test.echo', args: [], id, queue: 'celery', origin: '1@host', sentAt: 0 })
    const message = JSON.parse(text) as { body: string; headers: object }
    const headers = compression === undefined ? message.headers : { ...message.headers, compression }
    const raw = Buffer.from(JSON.stringify({ ...message, ...rest, headers, body: body ?? message.body }))
    await engine.redis.lpush(engine.keys.list('celery'), raw)
    return raw
  }

  const get = (id: string): Promise<unknown> => engine.client.asyncResult(id).get({ timeout: 10 })

  it("of Python's own types come back as they were", async () => {
    const values = [
      new PythonValue('decimal', '1.10'),
      new PythonValue('date', '2026-01-31'),
      new PythonValue('time', '12:30:00+02:00'),
      new PythonValue('uuid', '123e4567-e89b-42d3-a456-426614174000'),
    ]
    const sent = await engine.client.send('test.echo', values)
    expect(await sent.get({ timeout: 10 })).to.deep.equal(values)
  })

  it('are read where the body is compressed', async () => {
    await push('compressed', {
      compression: 'application/x-gzip',
      body: deflateSync('[["größe", 1e300], {}, null]').toString('base64'),
    })
    expect(await get('compressed')).to.deep.equal(['größe', 1e300])
  })

  const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
  const unreadable: [what: string, change: Parameters<typeof push>[1], reason: string][] = [
    [
      'in pickle',
      { 'content-type': 'application/x-python-serialize', body: 'gASVKgAAAAAAAAA=' },
      'expected content-type application/json, came "application/x-python-serialize"',
    ],
    [
      'in a compression of others',
      { compression: 'application/x-bz2' },
      'expected headers.compression application/x-gzip or none, came "application/x-bz2"',
    ],
    [
      'beyond 2^53',
      { body: inBase64('[[9007199254740993], {}, null]') },
      'expected numbers that JavaScript can hold, came an integer beyond 2^53, which would lose digits',
    ],
    ['that are NaN', { body: inBase64('[[NaN], {}, null]') }, 'expected numbers that JavaScript can hold, came NaN'],
    [
      'that are no body',
      { body: inBase64('{}') },
      'expected the body to be [args, kwargs, embed], came something else',
    ],
  ]
  for (const [index, [what, change, reason]] of unreadable.entries()) {
    it(`that can't be read are set aside byte for byte, and whoever waits is told: ${what}`, async () => {
      const raw = await push(`unreadable-${index}`, change)
      const error = await get(`unreadable-${index}`).catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(TaskError)
      expect(error).to.include({ type: 'DecodeError', message: `DecodeError: ${reason}`, state: 'FAILURE' })
      const aside = (await engine.aside('unreadable')).filter(({ note }) => note['id'] === `unreadable-${index}`)
      expect(aside.map(({ raw: kept, note }) => [kept?.equals(raw), note['reason']])).to.deep.equal([[true, reason]])
    })
  }

  const results: [result: string, came: string][] = [
    ['NaN', 'NaN'],
    ['[1, -Infinity]', '-Infinity'],
    ['{"a": 9007199254740993}', 'an integer beyond 2^53, which would lose digits'],
  ]
  for (const [result, came] of results) {
    it(`that a result can't hold here are an error at once, no wait and no other number: ${result}`, async () => {
      const meta = `{"status": "SUCCESS", "result": ${result}, "traceback": null, "children": [], "task_id": "theirs"}`
      await engine.redis.set('celery-task-meta-theirs', meta)
      const error = await engine.client
        .asyncResult('theirs')
        .get()
        .catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(EngineError)
      expect(error).to.include({
        code: 'RESULT_UNREADABLE',
        message: `the result of task theirs: expected numbers that JavaScript can hold, came ${came}`,
      })
      expect(await engine.client.asyncResult('theirs').state()).to.equal('SUCCESS')
    })
  }
})
