import { expect } from 'chai'
import { EngineError, PythonValue } from '../../src/engine/index.ts'
import type { CeleryApp } from '../support/celery.ts'
import type { TestEngine } from '../support/engine.ts'
import { source, tellsTypes, type KombuVersion } from './codec-source.ts'
import { InteropLab } from './interop-lab.ts'

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

const uuid = '123e4567-e89b-42d3-a456-426614174000'

describe('what Node sends', function () {
  this.timeout(60_000)
  const lab = new InteropLab(source)
  let app: CeleryApp
  let engine: TestEngine

  before(async () => {
    ;({ app, engine } = await lab.open())
  })
  after(() => lab.close())

  interface Shown {
    readonly kombu: string
    readonly value: string
    readonly rest: unknown
    readonly argsrepr: string
    readonly saferepr: string
  }
  let kombu: KombuVersion
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
    ;({ kombu, shown } = (await app.run(reading)) as { kombu: KombuVersion; shown: Record<string, Shown> })
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
      "{'__type__': 'datetime', '__value__': '2026-01-31T12:30:05.250000+00:00'}",
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
