import { expect } from 'chai'
import { readBody, type TaskBody } from '../../src/engine/body.ts'
import { EngineError, PythonValue } from '../../src/engine/index.ts'
import { ownerOf } from '../../src/engine/message-owner.ts'
import { decodeMessage, type TaskMessage } from '../../src/engine/message.ts'
import { CeleryApp, celeryUrl } from '../support/celery.ts'
import { createEngine, type TestEngine } from '../support/engine.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

/** What the tests' pieces of Python have in common. */
const source = `
import base64, datetime, decimal, uuid
import kombu
from kombu.serialization import register
from kombu.exceptions import EncodeError
from celery.utils.saferepr import saferepr

utc = datetime.timezone.utc
# JSON is YAML: this needs no other package.
register('yaml', json.dumps, json.loads, content_type='application/x-yaml', content_encoding='utf-8')

old = Celery('old', set_as_current=False)
old.conf.update(conf, task_protocol=1)

# What kombu does with typed values since 5.3 (kombu.utils.json). Before that it leaves them.
readers = {
    'datetime': datetime.datetime.fromisoformat,
    'date': lambda text: datetime.datetime.fromisoformat(text).date(),
    'time': datetime.time.fromisoformat,
    'decimal': decimal.Decimal,
    'uuid': lambda fields: uuid.UUID(**fields),
    'base64': lambda text: base64.b64decode(text),
}

def typed(value):
    if isinstance(value, list):
        return [typed(member) for member in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {'__type__', '__value__'}:
        return readers[value['__type__']](value['__value__'])
    return {key: typed(member) for key, member in value.items()}
`

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

/** Reads what is on the queue `from-node` as a worker does, and shows it. */
const reading = `
shown = {}
with app.connection_for_read() as connection:
    channel = connection.channel()
    while True:
        message = channel.basic_get('from-node', no_ack=True)
        if message is None:
            break
        args, kwargs, embed = message.decode()
        values = typed(args)
        shown[message.headers['id']] = {
            'kombu': repr(args[0]), 'value': repr(values[0]), 'rest': [len(args), kwargs, embed],
            'argsrepr': message.headers['argsrepr'], 'saferepr': saferepr(tuple(values)),
        }
answer = {'shown': shown, 'kombu': list(kombu.VERSION[:2])}
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

/** Since then kombu tells the types of what JSON has not. */
const tellsTypes = ([major, minor]: readonly [number, number]): boolean => major > 5 || (major === 5 && minor >= 3)

describe('a real Celery and what is sent', function () {
  this.timeout(60_000)
  let server: RedisServer
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    server = await startRedis()
    app = new CeleryApp({ url: celeryUrl(server.socketPath), source })
    engine = await createEngine({ socketPath: server.socketPath, prefix: '' })
  })
  after(async () => {
    await engine.close()
    await app.close()
    await server.stop()
  })

  describe('by Python', () => {
    /** What was read of each message, by its id: the message with its body, or why it can't be read. */
    const read = new Map<string, { message: TaskMessage; body: TaskBody } | string>()
    let kombu: readonly [number, number]
    let refused: readonly string[]

    before(async () => {
      ;({ kombu, refused } = (await app.run(sending)) as { kombu: [number, number]; refused: string[] })
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

  describe('by Node', () => {
    interface Shown {
      readonly kombu: string
      readonly value: string
      readonly rest: unknown
      readonly argsrepr: string
      readonly saferepr: string
    }
    let kombu: readonly [number, number]
    let shown: Readonly<Record<string, Shown>>

    const values: [name: string, value: unknown, python: string, shownAlike?: boolean][] = [
      ['text', 'größe 世界 💡', "'größe 世界 💡'", true],
      ['odd text', '\0 "\\\n\u2028', String.raw`'\x00 "\\\n\u2028'`],
      ['a number', 1, '1', true],
      ['numbers', [0, -1, 2 ** 53 - 1, 0.1, 1e300, 5e-324], '[0, -1, 9007199254740991, 0.1, 1e+300, 5e-324]', true],
      ['nested', { a: [null, true, { b: [] }] }, "{'a': [None, True, {'b': []}]}"],
      ['nothing', null, 'None', true],
      [
        'a Date',
        new Date(Date.UTC(2026, 0, 31, 12, 30, 5, 250)),
        'datetime.datetime(2026, 1, 31, 12, 30, 5, 250000, tzinfo=datetime.timezone.utc)',
        true,
      ],
      [
        'the first Date',
        new Date(-62_135_596_800_000),
        'datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)',
        true,
      ],
      ['a date', new PythonValue('date', '2026-01-31'), 'datetime.date(2026, 1, 31)', true],
      [
        'a time',
        new PythonValue('time', '12:30:05.250+05:30'),
        'datetime.time(12, 30, 5, 250000, tzinfo=datetime.timezone(datetime.timedelta(seconds=19800)))',
        true,
      ],
      ['a decimal', new PythonValue('decimal', '-1.10'), "Decimal('-1.10')", true],
      ['a decimal that is none', new PythonValue('decimal', 'NaN'), "Decimal('NaN')", true],
      ['a uuid', new PythonValue('uuid', uuid), `UUID('${uuid}')`, true],
      ['bytes', new Uint8Array([0, 255]), String.raw`b'\x00\xff'`],
      ['typed values inside', [{ price: new PythonValue('decimal', '1.10') }], "[{'price': Decimal('1.10')}]", true],
    ]

    before(async () => {
      for (const [name, value] of values) {
        await engine.client.send('codec.look', [value], { taskId: name, queue: 'from-node' })
      }
      ;({ kombu, shown } = (await app.run(reading)) as { kombu: [number, number]; shown: Record<string, Shown> })
    })

    for (const [name, , python, shownAlike = false] of values) {
      it(`is the same in Python: ${name}`, () => {
        const { value, rest, argsrepr, saferepr } = shown[name] ?? expect.fail('it was not read')
        expect(value).to.equal(python)
        expect(rest).to.deep.equal([1, {}, null])
        // What Celery's tools show of it.
        if (shownAlike) expect(argsrepr).to.equal(saferepr)
      })
    }

    it('is what is on the wire for a kombu that tells no types', () => {
      const seen = ['a Date', 'a uuid', 'bytes'].map((name) => shown[name]?.kombu)
      const wire = [
        "{'__type__': 'datetime', '__value__': '2026-01-31T12:30:05.250+00:00'}",
        `{'__type__': 'uuid', '__value__': {'hex': '${uuid.replaceAll('-', '')}'}}`,
        "{'__type__': 'base64', '__value__': 'AP8='}",
      ]
      const typed = ['a Date', 'a uuid', 'bytes'].map((name) => shown[name]?.value)
      expect(seen).to.deep.equal(tellsTypes(kombu) ? typed : wire)
    })

    it('is refused where Python or we would read another number', async () => {
      for (const value of [2 ** 53, NaN, -Infinity, 1n]) {
        const error = await engine.client.send('codec.look', [value]).catch((thrown: unknown) => thrown)
        expect(error).to.be.instanceOf(EngineError).and.include({ code: 'ARGUMENT_INVALID' })
      }
    })
  })

  describe('and run in Node', () => {
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
