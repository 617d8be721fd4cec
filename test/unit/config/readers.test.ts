import { expect } from 'chai'
import {
  boolean,
  integer,
  integerOrNone,
  integers,
  json,
  level,
  list,
  listOrNone,
  pool,
  text,
  textOrNone,
} from '../../../src/config/readers.ts'

describe('config/readers', () => {
  it('text passes everything on', () => {
    for (const raw of ['', ' a ', '5', 5]) expect(text(raw)).to.equal(raw)
  })

  it('integer reads digits and leaves the rest for the schema to refuse', () => {
    expect(integer('0')).to.equal(0)
    expect(integer('65535')).to.equal(65_535)
    for (const raw of ['', 'abc', '-1', '+1', '1.5', '1e3', '0x10', ' 1', '1\r', '9007199254740993', 7, null]) {
      expect(integer(raw)).to.equal(raw)
    }
  })

  it('integerOrNone reads none as null', () => {
    expect(integerOrNone('none')).to.equal(null)
    expect(integerOrNone('60')).to.equal(60)
    expect(integerOrNone('None')).to.equal('None')
  })

  it('textOrNone reads none as null', () => {
    expect([textOrNone('none'), textOrNone('100/m'), textOrNone('')]).to.deep.equal([null, '100/m', ''])
  })

  it('listOrNone reads none as null', () => {
    expect([listOrNone('none'), listOrNone('a, b')]).to.deep.equal([null, ['a', 'b']])
  })

  it('boolean reads 1, 0, true, false, and leaves the rest', () => {
    expect(['1', 'true', '0', 'false'].map(boolean)).to.deep.equal([true, true, false, false])
    for (const raw of ['yes', 'TRUE', '', 1]) expect(boolean(raw)).to.equal(raw)
  })

  it('json reads JSON, and leaves the rest', () => {
    expect(json('{"a":{"b":[1]}}')).to.deep.equal({ a: { b: [1] } })
    for (const raw of ['', '{', '{"__proto__":{"a":1}}', 5]) expect(json(raw)).to.equal(raw)
  })

  it('list splits at commas, and takes an option given several times', () => {
    expect(list('a')).to.deep.equal(['a'])
    expect(list('a, b ,c')).to.deep.equal(['a', 'b', 'c'])
    expect(list(['a,b', 'c'])).to.deep.equal(['a', 'b', 'c'])
    expect(list('a,,b,')).to.deep.equal(['a', '', 'b', ''])
    expect(list(5)).to.equal(5)
    expect(list(['a', 5])).to.deep.equal(['a', 5])
  })

  it('integers reads numbers with commas between them, and leaves the rest for the schema to refuse', () => {
    expect(integers('10,3')).to.deep.equal([10, 3])
    expect(integers('10')).to.deep.equal([10])
    expect(integers('10, 3')).to.deep.equal([10, 3])
    expect(integers('10,x')).to.deep.equal([10, 'x'])
    expect(integers('')).to.deep.equal([''])
    expect(integers(5)).to.equal(5)
  })

  it("pool knows Celery's names", () => {
    const names = ['prefork', 'processes', 'eventlet', 'gevent', 'threads', 'async', 'solo', 'Prefork', 'constructor']
    expect(names.map(pool)).to.deep.equal([
      'threads',
      'threads',
      'async',
      'async',
      'threads',
      'async',
      'solo',
      'Prefork',
      'constructor',
    ])
    expect(pool(1)).to.equal(1)
  })

  it("level knows Celery's names in any case", () => {
    const names = ['debug', 'INFO', 'Warning', 'ERROR', 'critical', 'FATAL', 'warn', 'silent', 'Loud']
    expect(names.map(level)).to.deep.equal([
      'debug',
      'info',
      'warn',
      'error',
      'error',
      'error',
      'warn',
      'silent',
      'Loud',
    ])
    expect(level(1)).to.equal(1)
  })
})
