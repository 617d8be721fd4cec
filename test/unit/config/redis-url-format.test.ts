import { expect } from 'chai'
import { redisUrlDatabase } from '../../../src/config/redis-url-format.ts'

describe('config/redis-url-format', () => {
  for (const [url, database] of [
    ['redis://localhost', null],
    ['redis://localhost:6379/', null],
    ['redis://localhost:6379/0', 0],
    ['rediss://user:p%40ss@redis.example:6380/15', 15],
    ['redis://:p@ss@h/3', 3],
    ['redis://[::1]:6379/2', 2],
    ['rediss://h/1?ssl_cert_reqs=CERT_REQUIRED', 1],
    ['redis://h?db=3', 3],
    ['redis://h/2?db=3', 2],
    ['redis+sentinel://a/mymaster?db=3', 3],
    ['unix:///run/redis.sock', null],
    ['unix:///run/a%20b.sock?db=3', 3],
    ['unix://user:p%40ss@/run/redis.sock', null],
    ['redis+socket:///run/redis.sock?virtual_host=4', 4],
    ['redis+sentinel://a/mymaster', null],
    ['redis+sentinel://a/mymaster/', null],
    ['redis+sentinel://a:26379,b:26379,[::1]:26379/mymaster/4', 4],
    ['redis+sentinel://user:p@ss@a,b:1/0/7?x=/y', 7],
  ] as const) {
    it(`takes ${url}`, () => {
      expect(redisUrlDatabase(url)).to.equal(database)
    })
  }

  for (const url of [
    '',
    'redis',
    'localhost:6379',
    'redis:h',
    'redis://',
    'redis:///0',
    'redis://:secret',
    'redis://h:port',
    'redis://h:70000',
    'redis://h/x',
    'redis://h/-1',
    'redis://h/1/2',
    'redis://h/1234567890',
    'redis://a,b:1/0',
    ' redis://h',
    'redis://h\r',
    'http://h',
    'unix://',
    'unix:///',
    'unix://run/redis.sock',
    'unix:///run/redis.sock?db=x',
    'redis+socket:/run/redis.sock',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel:///mymaster',
    'redis+sentinel://a,,b/mymaster',
    'redis+sentinel://a:x/mymaster',
    'redis+sentinel://a/mymaster/x',
    'redis+sentinel://a/mymaster/1/2',
  ]) {
    it(`refuses ${JSON.stringify(url)}`, () => {
      expect(redisUrlDatabase(url)).to.equal(undefined)
    })
  }
})
