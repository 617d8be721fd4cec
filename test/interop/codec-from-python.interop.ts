import { expect } from 'chai'
import { readBody, type TaskBody } from '../../src/engine/body.ts'
import { PythonValue } from '../../src/engine/index.ts'
import { ownerOf } from '../../src/engine/message-owner.ts'
import { decodeMessage, type TaskMessage } from '../../src/engine/message.ts'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { source, tellsTypes, type KombuVersion } from './codec-source.ts'
import { InteropLab } from './interop-lab.ts'

/** Sends everything that a Celery client can send to the queue `from-python`, under its name as the id. */
const sending = `
values = {
    'text': 'größe 世界 💡 \\x00 "\\\\',
    'nested': [{'a': [1, None, True, {'b': [[]]}]}, {}],
    'floats': [0.1, 1e300, -1.5, 5e-324, 1.0],
    'integers': [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1)],
    'digits': str(2 ** 70),
    'datetime': datetime.datetime(2026, 1, 31, 12, 30, 5, 123456, tzinfo=utc),
    'naive': datetime.datetime(2026, 1, 31, 12, 30),
    'date': datetime.date(2026, 1, 31),
    'time': datetime.time(12, 30, 5, 250000),
    'decimal': decimal.Decimal('1.10'),
    'uuid': uuid.UUID('123e4567-e89b-42d3-a456-426614174000'),
    'bytes': b'plain',
    'binary': b'\\x00\\xff',
    'beyond': 2 ** 53,
    'far beyond': [{'a': -(2 ** 70)}],
    'nan': float('nan'),
    'infinity': {'a': [float('inf')]},
    '-infinity': float('-inf'),
}
refused = []
for name, value in values.items():
    try:
        app.send_task('codec.echo', (value,), task_id=name, queue='from-python')
    except EncodeError:
        refused.append(name)

def send(name, args=('größe', 1), sender=app, **options):
    sender.send_task('codec.echo', args, task_id=name, queue='from-python', **options)

send('kwargs', ('größe',), kwargs={'b': [2]})
send('gzip', compression='gzip')
send('zlib', compression='zlib')
send('bzip2', compression='bzip2')
send('pickle', serializer='pickle')
send('yaml', serializer='yaml')
far = datetime.datetime(2999, 1, 1, tzinfo=utc)
send('options', eta=far, expires=far, time_limit=60, soft_time_limit=50.5, priority=0, headers={'tenant': 'x'})
send('protocol 1', sender=old, kwargs={'b': [2]})
send('protocol 1 with options', sender=old, eta=far, expires=far, time_limit=60, soft_time_limit=50, retries=2, group_id='g')
send('protocol 1, compressed', sender=old, compression='gzip')
send('protocol 1, beyond', (2 ** 53,), sender=old)
answer = {'refused': refused, 'kombu': list(kombu.VERSION[:2])}
`

/** Waits for tasks that run in Node, and shows what became of them. */
const waiting = `
def ended(result):
    try:
        return result.get(timeout=20)
    except Exception as error:
        return [type(error).__module__ + '.' + type(error).__name__, str(error)]

def send(*args, sender=app, **options):
    return sender.send_task('test.echo', args, **options)

sent = {
    'plain': send('größe', 1), 'gzip': send('größe', 1, compression='gzip'), 'protocol 1': send('größe', 1, sender=old),
    'pickle': send('größe', serializer='pickle'), 'bzip2': send('größe', compression='bzip2'),
    'nan': send(float('nan')), 'beyond': send(2 ** 53, sender=old),
}
answer = {name: ended(result) for name, result in sent.items()}
`

const beyond = 'expected numbers that JavaScript can hold, came an integer beyond 2^53, which would lose digits'
const notHeld = (came: string): string => `expected numbers that JavaScript can hold, came ${came}`
const uuid = '123e4567-e89b-42d3-a456-426614174000'

describe('what Python sends', function () {
  this.timeout(60_000)
  const lab = new InteropLab(source)
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
  })
  after(() => lab.close())

  describe('in a message', () => {
    /** What was read of each message, by its id: the message with its body, or why it can't be read. */
    const read = new Map<string, { message: TaskMessage; body: TaskBody } | string>()
    let kombu: KombuVersion
    let refused: readonly string[]

    before(async () => {
      ;({ kombu, refused } = (await app.run(sending)) as { kombu: KombuVersion; refused: string[] })
      for (const raw of await engine.redis.lrangeBuffer('from-python', 0, -1)) {
        read.set(ownerOf(raw)?.id ?? '', readWhole(raw))
      }
    })

    function readWhole(raw: Buffer): { message: TaskMessage; body: TaskBody } | string {
      try {
        const message = decodeMessage(raw)
        return { message, body: readBody(message) }
      } catch (error) {
        return (error as Error).message
      }
    }

    function message(name: string): { message: TaskMessage; body: TaskBody } {
      const found = read.get(name)
      if (found === undefined || typeof found === 'string')
        throw new Error(`expected ${name} to be read, came ${found}`)
      return found
    }

    const values: [name: string, value: unknown][] = [
      ['text', 'größe 世界 💡 \0 "\\'],
      ['nested', [{ a: [1, null, true, { b: [[]] }] }, {}]],
      ['floats', [0.1, 1e300, -1.5, 5e-324, 1]],
      ['integers', [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
      ['digits', '1180591620717411303424'],
    ]
    for (const [name, value] of values) {
      it(`is read as it was sent: ${name}`, () => {
        expect(message(name).body).to.deep.include({ args: [value], kwargs: {} })
        expect(message(name).message).to.include({ name: 'codec.echo', retries: 0 })
      })
    }

    const types: [name: string, value: unknown, before53: string | null][] = [
      ['datetime', new Date(Date.UTC(2026, 0, 31, 12, 30, 5, 123)), '2026-01-31T12:30:05.123456Z'],
      ['naive', new Date(Date.UTC(2026, 0, 31, 12, 30)), '2026-01-31T12:30:00'],
      ['date', new PythonValue('date', '2026-01-31'), '2026-01-31T00:00:00'],
      ['time', new PythonValue('time', '12:30:05.250000'), '12:30:05.250000'],
      ['decimal', new PythonValue('decimal', '1.10'), '1.10'],
      ['uuid', new PythonValue('uuid', uuid), uuid],
      ['bytes', new Uint8Array(Buffer.from('plain')), null],
      ['binary', new Uint8Array([0, 255]), null],
    ]
    for (const [name, value, before53] of types) {
      it(`is read as what its kombu made of it: ${name}`, () => {
        if (!tellsTypes(kombu) && before53 === null) expect(refused).to.include(name)
        else expect(message(name).body.args).to.deep.equal([tellsTypes(kombu) ? value : before53])
      })
    }

    const unreadable: [name: string, reason: string][] = [
      ['beyond', beyond],
      ['far beyond', beyond],
      ['nan', notHeld('NaN')],
      ['infinity', notHeld('Infinity')],
      ['-infinity', notHeld('-Infinity')],
      ['bzip2', 'expected headers.compression application/x-gzip or none, came "application/x-bz2"'],
      ['pickle', 'expected content-type application/json, came "application/x-python-serialize"'],
      ['yaml', 'expected content-type application/json, came "application/x-yaml"'],
      ['protocol 1, beyond', beyond],
    ]
    for (const [name, reason] of unreadable) {
      it(`is refused with the reason: ${name}`, () => expect(read.get(name)).to.equal(reason))
    }

    for (const name of ['gzip', 'zlib', 'protocol 1, compressed']) {
      it(`is read: ${name}`, () => expect(message(name).body.args).to.deep.equal(['größe', 1]))
    }

    for (const name of ['kwargs', 'protocol 1']) {
      it(`is read with its arguments by name: ${name}`, () => {
        expect(message(name).body.kwargs).to.deep.equal({ b: [2] })
      })
    }

    it('is read with its options, in either protocol', () => {
      const far = Date.UTC(2999, 0, 1)
      expect(message('options').message).to.deep.include({ eta: far, expires: far, timeLimit: [60, 50.5], retries: 0 })
      expect(message('protocol 1 with options').message).to.deep.include({
        name: 'codec.echo',
        eta: far,
        expires: far,
        timeLimit: [60, 50],
        retries: 2,
        groupId: 'g',
        rootId: 'protocol 1 with options',
      })
    })
  })

  describe('to a task that runs in Node', () => {
    before(() => engine.worker.start())

    it('ends for the Python caller, well or with the reason', async () => {
      const ended = await app.run(waiting)
      const decodeError = (reason: string): string[] => ['kombu.exceptions.DecodeError', reason]
      expect(ended).to.deep.equal({
        plain: ['größe', 1],
        gzip: ['größe', 1],
        'protocol 1': ['größe', 1],
        pickle: decodeError('expected content-type application/json, came "application/x-python-serialize"'),
        bzip2: decodeError('expected headers.compression application/x-gzip or none, came "application/x-bz2"'),
        nan: decodeError(notHeld('NaN')),
        beyond: decodeError(beyond),
      })
    })

    it('is no wait for ever where a result of Python can not be held here', async () => {
      await app.run(`
app.backend.store_result('result-nan', float('nan'), 'SUCCESS')
app.backend.store_result('result-beyond', {'a': 2 ** 70}, 'SUCCESS')
app.backend.store_result('result-exact', [2 ** 53 - 1, 1e300], 'SUCCESS')
`)
      const get = (id: string): Promise<unknown> =>
        engine.client
          .asyncResult(id)
          .get()
          .catch((error: unknown) => error)
      expect(await get('result-nan')).to.include({
        code: 'RESULT_UNREADABLE',
        message: `the result of task result-nan: ${notHeld('NaN')}`,
      })
      expect(await get('result-beyond')).to.include({ message: `the result of task result-beyond: ${beyond}` })
      expect(await get('result-exact')).to.deep.equal([Number.MAX_SAFE_INTEGER, 1e300])
    })
  })
})
