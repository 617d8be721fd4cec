import { expect } from 'chai'
import { shownValue } from '../../../src/config/shown-value.ts'

describe('config/shown-value', () => {
  it('quotes texts, control characters escaped', () => {
    expect(shownValue('abc')).to.equal('"abc"')
    expect(shownValue('a\n"b')).to.equal(String.raw`"a\n\"b"`)
    expect(shownValue(3)).to.equal('3')
    expect(shownValue(Number.NaN)).to.equal('NaN')
    expect(shownValue(false)).to.equal('false')
    expect(shownValue(['a', 1])).to.equal('["a", 1]')
    expect(shownValue({ a: 'hunter2' })).to.equal('a group of settings')
    expect(shownValue(() => 'hunter2')).to.equal('a function')
  })

  it('calls what is not set nothing, be it a secret or not', () => {
    expect(shownValue(null)).to.equal('nothing')
    expect(shownValue(undefined, 'secret')).to.equal('nothing')
  })

  it('cuts what is long', () => {
    expect(shownValue('x'.repeat(121))).to.equal(`"${'x'.repeat(120)}…"`)
  })

  it('hides secrets', () => {
    expect(shownValue('hunter2', 'secret')).to.equal('(hidden)')
    expect(shownValue(['hunter2'], 'secret')).to.equal('(hidden)')
    expect(shownValue({ a: 'hunter2' }, 'secret')).to.equal('(hidden)')
  })

  it('shows an address that cannot hold a password', () => {
    for (const url of [
      'redis://h',
      'rediss://redis.example:6379/x',
      'localhost:6379',
      'http://[::1]:80/',
      'shop.example',
      'sqlite://',
      '/run/redis.sock',
      '',
    ]) {
      expect(shownValue(url, 'url')).to.equal(JSON.stringify(url))
    }
  })

  it('hides every address that may hold one', () => {
    for (const url of [
      'redis://:hunter2@h',
      'redis://hunter2@h:6379/x',
      'redis://:hunter2',
      'redis://:123456',
      'redis:://u:hunter2@h',
      'default:hunter2',
      'http://h/?password=hunter2',
      'http://h/x#hunter2',
      'redis://h:6379/a:hunter2@b',
      'hunter 2',
    ]) {
      expect(shownValue(url, 'url'), url).to.equal('(hidden)')
    }
  })

  it('hides an address with a password where no address belongs', () => {
    expect(shownValue('redis://:hunter2@h')).to.equal('(hidden)')
    expect(shownValue(['redis://:hunter2@h', 'a'])).to.equal('[(hidden), "a"]')
    expect(shownValue('http://h:80')).to.equal('"http://h:80"')
  })
})
