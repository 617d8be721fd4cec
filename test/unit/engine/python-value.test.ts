import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { pythonRepr, tupleRepr } from '../../../src/engine/python-repr.ts'
import { PythonValue, type PythonType } from '../../../src/engine/python-value.ts'
import { fromWire, toWire, type Json } from '../../../src/engine/wire-value.ts'

interface TypedLine {
  /** Python's repr of a value. */
  readonly python: string
  /** What kombu wrote for it. */
  readonly json: string
  /** Python's repr of what comes back from here. */
  readonly back: string
}

const typed = readFileSync(new URL('../../fixtures/celery/typed_values.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as TypedLine)

describe("a value of Python's own types", () => {
  it('is seen in each of them', () => {
    const types = typed.map(({ json }) => (JSON.parse(json) as { __type__: string }).__type__)
    expect(new Set(types)).to.deep.equal(new Set(['datetime', 'date', 'time', 'decimal', 'uuid', 'bytes', 'base64']))
  })

  for (const { python, json, back } of typed) {
    it(`of kombu comes in and goes out as the same: ${python}`, () => {
      const wire = JSON.parse(json) as { __type__: string; __value__: Json }
      const value = fromWire(wire)
      const sent = JSON.parse(JSON.stringify(toWire(value, 'x'))) as Json
      expect(fromWire(sent)).to.deep.equal(value)
      if (value instanceof PythonValue) {
        expect(value.type).to.equal(wire.__type__)
        expect(sent).to.deep.equal(wire)
      }
      if (value instanceof Uint8Array) expect(value).to.deep.equal(bytesOf(wire))
      else expect(pythonRepr(value)).to.equal(back)
    })
  }

  it('is its text here', () => {
    const price = new PythonValue('decimal', '1.10')
    expect([price.type, price.text, String(price), JSON.stringify({ price })]).to.deep.equal([
      'decimal',
      '1.10',
      '1.10',
      '{"price":"1.10"}',
    ])
    expect(new PythonValue('uuid', '123E4567-E89B-42D3-A456-426614174000').text).to.equal(
      '123e4567-e89b-42d3-a456-426614174000',
    )
  })

  const good: Record<PythonType, string[]> = {
    date: ['0001-01-01', '9999-12-31', '2024-02-29'],
    time: ['00:00', '23:59:59', '12:30:05.250', '12:30:05.250000', '12:30+05:30', '12:30:00-23:59', '12:30+00:53:28'],
    decimal: ['1.10', '-0', '+.5', '5.', '1E+5', '1e-5', 'NaN', 'sNaN12', '-Infinity', 'inf', '9'.repeat(100)],
    uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  }
  const bad: Record<PythonType, unknown[]> = {
    date: [
      '',
      '2026-1-1',
      '2026-02-30',
      '2026-13-01',
      '2025-02-29',
      '0000-01-01',
      '10000-01-01',
      '2026-01-01T00:00',
      7,
    ],
    time: ['', '24:00', '12:60', '12', '12:30:05.2', '12:30:05.2500', '12:30Z', '12:30+24:00', '12:30:00+5', ' 12:30'],
    decimal: ['', '.', '1,5', '1e', 'e5', '0x1', '1_000', ' 1', '1\n', 'Nan-', '٣', null],
    uuid: ['', '123e4567e89b42d3a456426614174000', '{123e4567-e89b-42d3-a456-426614174000}', 'g23e4567', null],
  }
  for (const [type, texts] of Object.entries(good) as [PythonType, string[]][]) {
    for (const text of texts) {
      it(`may be the ${type} ${text}`, () => {
        const value = new PythonValue(type, text)
        expect(fromWire(toWire(value, 'x'))).to.deep.equal(value)
      })
    }
  }
  for (const [type, texts] of Object.entries(bad) as [PythonType, string[]][]) {
    for (const text of texts) {
      it(`is not the ${type} ${JSON.stringify(text)}`, () => {
        expect(() => new PythonValue(type, text))
          .to.throw(/^PythonValue: expected a .*, came /)
          .with.property('code', 'ARGUMENT_INVALID')
        expect(() => fromWire({ __type__: type, __value__: text as Json }))
          .to.throw(/^expected /)
          .with.property('code', 'MESSAGE_UNREADABLE')
      })
    }
  }

  for (const hex of ['', 'g'.repeat(32), 'a'.repeat(31), `{${'a'.repeat(32)}}`, 5, null]) {
    it(`is not the uuid of ${JSON.stringify(hex)}`, () => {
      expect(() => fromWire({ __type__: 'uuid', __value__: { hex } }))
        .to.throw(/^expected /)
        .with.property('code', 'MESSAGE_UNREADABLE')
    })
  }

  it('is the uuid that kombu 5.3.0 wrote with its version', () => {
    const hex = '123e4567e89b42d3a456426614174000'
    const uuid = new PythonValue('uuid', '123e4567-e89b-42d3-a456-426614174000')
    expect(fromWire({ __type__: 'uuid', __value__: { hex, version: 4 } })).to.deep.equal(uuid)
  })

  it('is of one of four types', () => {
    for (const type of ['datetime', 'toString', '', undefined]) {
      expect(() => new PythonValue(type as PythonType, '1'))
        .to.throw('expected one of the types date, time, decimal, uuid, came another')
        .with.property('code', 'ARGUMENT_INVALID')
    }
  })

  it('tells nothing of a text that it refuses', () => {
    expect(() => new PythonValue('decimal', '13800000000x')).to.throw(/came 12 other characters$/)
  })

  it('is shown as Python shows it', () => {
    const values = [new PythonValue('date', '2026-01-31'), new PythonValue('decimal', '1.10'), new Date(0)]
    expect(tupleRepr(values)).to.equal(
      "(datetime.date(2026, 1, 31), Decimal('1.10'), datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))",
    )
    expect(pythonRepr(new PythonValue('time', '12:30:05.250'))).to.equal('datetime.time(12, 30, 5, 250000)')
  })
})

function bytesOf({ __type__: type, __value__: value }: { __type__: string; __value__: Json }): Uint8Array {
  return new Uint8Array(Buffer.from(String(value), type === 'bytes' ? 'utf8' : 'base64'))
}
