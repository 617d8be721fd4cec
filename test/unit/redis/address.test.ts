import { expect } from 'chai'
import { describeAddress, parseRedisUrl, serverOf, withDatabase } from '../../../src/redis/address.ts'
import { RedisSetupError } from '../../../src/redis/errors.ts'

describe('the address of a Redis', () => {
  it('takes redis:// and rediss:// as they are', () => {
    for (const url of [
      'redis://localhost:6379',
      'redis://localhost:6379/0',
      'rediss://user:secret@redis.example:6380/15',
      'redis://[::1]:6379/1',
    ]) {
      expect(parseRedisUrl(url)).to.deep.equal({ url })
    }
  })

  it('names the server, whatever the user and the database', () => {
    const servers = ['redis://h', 'redis://h:6379/2', 'redis://me:hunter2@h/10'].map((url) =>
      serverOf(parseRedisUrl(url)),
    )
    expect(servers).to.deep.equal(['redis://h:6379', 'redis://h:6379', 'redis://h:6379'])
    expect(serverOf({ socketPath: '/a.sock', db: 1 })).to.equal(serverOf(parseRedisUrl('unix:///a.sock?db=2')))
    expect(serverOf(parseRedisUrl('redis+sentinel://a,b/main/1'))).to.equal('redis+sentinel://a:26379,b:26379/main')
    expect(serverOf(parseRedisUrl('redis://h:6380'))).to.not.equal('redis://h:6379')
  })

  it('adds the default port', () => {
    expect(parseRedisUrl('redis://redis.example')).to.deep.equal({ url: 'redis://redis.example:6379' })
    expect(parseRedisUrl('redis+sentinel://a,b:1/main')).to.deep.equal({ url: 'redis+sentinel://a:26379,b:1/main' })
  })

  it('takes a socket, as redis-py and kombu write it', () => {
    expect(parseRedisUrl('unix:///run/redis.sock')).to.deep.equal({ socketPath: '/run/redis.sock', db: 0 })
    expect(parseRedisUrl('unix:///run/redis.sock?db=1')).to.deep.equal({ socketPath: '/run/redis.sock', db: 1 })
    expect(parseRedisUrl('redis+socket:///a%20b.sock?virtual_host=2')).to.deep.equal({ socketPath: '/a b.sock', db: 2 })
    expect(parseRedisUrl('unix://me:p%40ss@/run/redis.sock')).to.deep.equal({
      socketPath: '/run/redis.sock',
      db: 0,
      username: 'me',
      password: 'p@ss',
    })
  })

  it('changes the database and nothing else', () => {
    expect(withDatabase({ socketPath: '/s', db: 1 }, 2)).to.deep.equal({ socketPath: '/s', db: 2 })
    expect(withDatabase({ url: 'redis://:p%2Fw@h:1' }, 2)).to.deep.equal({ url: 'redis://:p%2Fw@h:1/2' })
    expect(withDatabase({ url: 'redis://h:1/9' }, 0)).to.deep.equal({ url: 'redis://h:1/0' })
    expect(withDatabase({ url: 'rediss://h:1?db=9&ssl_cert_reqs=none' }, 2)).to.deep.equal({
      url: 'rediss://h:1/2?ssl_cert_reqs=none',
    })
    expect(withDatabase({ url: 'redis+sentinel://u:p@a:1,b:2/main/9?sentinelPassword=x' }, 2)).to.deep.equal({
      url: 'redis+sentinel://u:p@a:1,b:2/main/2?sentinelPassword=x',
    })
    for (const db of [-1, 1.5, Number.NaN]) {
      expect(() => withDatabase({ url: 'redis://h' }, db)).to.throw(RedisSetupError, `from 0, got ${db}`)
    }
  })

  it('describes itself with the database and without the password', () => {
    expect(describeAddress({ url: 'redis://h' })).to.equal('redis://h:6379/0')
    expect(describeAddress({ url: 'rediss://me:secret@h:1/2?ssl_cert_reqs=none' })).to.equal('rediss://me:***@h:1/2')
    expect(describeAddress({ url: 'redis://:secret@h' })).to.equal('redis://:***@h:6379/0')
    expect(describeAddress({ socketPath: '/run/a b.sock', db: 3 })).to.equal('unix:///run/a%20b.sock?db=3')
    expect(describeAddress({ socketPath: '/s', db: 0, password: 'secret' })).to.equal('unix://:***@/s?db=0')
    expect(describeAddress({ url: 'redis+sentinel://:secret@a,b/main/1?sentinelPassword=hidden' })).to.equal(
      'redis+sentinel://:***@a:26379,b:26379/main/1',
    )
  })

  const bad: [url: string, reason: string][] = [
    ['', 'another form'],
    ['localhost:6379', 'not an address of a Redis: localhost:6379: it has another form; expected redis://'],
    ['http://h', 'http://h'],
    ['redis://', 'each host must be'],
    ['redis://:6379', 'each host must be'],
    ['redis://h:0', 'port from 1 to 65535'],
    ['redis://h:65536', 'port from 1 to 65535'],
    ['redis://h:1,h:2', 'each host must be'],
    ['redis://h/one', 'database must be a whole number'],
    ['redis://h/1/2', 'database must be a whole number'],
    ['redis://h?db=x', 'database must be a whole number'],
    ['redis://h?timeout=1', 'may hold db, not timeout'],
    ['rediss://h?x=1', 'may hold db, ssl_cert_reqs, ssl_ca_certs, not x'],
    ['redis://h /1', 'another form'],
    ['redis://user@h', 'a user needs a password'],
    ['redis://:%zz@h', 'two hexadecimal digits'],
    ['unix://run/redis.sock', 'three slashes'],
    ['unix:///', 'three slashes'],
    ['redis+sentinel://a,b', 'name of the service'],
    ['redis+sentinel://a,b/', 'name of the service'],
    ['redis+sentinel://a,b/main/1/2', 'name of the service'],
    ['redis+sentinel://a,,b/main', 'each host must be'],
  ]
  for (const [url, reason] of bad) {
    it(`refuses ${url === '' ? 'nothing' : url}`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(RedisSetupError, reason)
        .with.property('code', 'BAD_ADDRESS')
    })
  }

  it('never shows a password in an error', () => {
    for (const url of [
      'redis://:hunter2@h:x',
      'redis://me:hunter2@h/db',
      'redis://me:hunter2',
      'redis://me:hunter2/0',
      'redis://me:hun/hunter2@h',
      'redis://me:hun#hunter2@h',
      'redis://me:hun?hunter2@h',
      'redis://me:hun hunter2@h',
      'http://me:hunter2@h',
      'redis+sentinel://a/main?sentinelPassword=hunter2&x=1',
      'redis+sentinel://a?sentinelPassword=hunter2',
      'me:hunter2@h',
    ]) {
      expect(() => parseRedisUrl(url), url).to.throw(RedisSetupError, /^(?!.*hunter2).*may hold a password/s)
    }
  })
})
