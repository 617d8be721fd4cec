import { expect } from 'chai'
import {
  ConnectionAcquireTimeoutError,
  ConnectionRefusedError,
  DatabaseError,
  TimeoutError,
  UniqueConstraintError,
} from 'sequelize'
import { isOutage } from '../../../src/app/outages.ts'
import { RedisLate } from '../../../src/app/redis-time.ts'

/** As the classes of ioredis look, which it does not export all. */
const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const withCode = (code: string, message = 'it went wrong') => Object.assign(new Error(message), { code, sql: '' })
const fromDatabase = (code: string, message?: string) => new DatabaseError(withCode(code, message))

describe('isOutage', () => {
  const outages: [string, unknown][] = [
    ['a command that timed out', new Error('Command timed out')],
    ['a closed connection', new Error('Connection is closed.')],
    ['no connection', new Error("Stream isn't writeable and enableOfflineQueue options is false")],
    ['a connection that is not ready', new Error('Redis is not ready: connect ECONNREFUSED 127.0.0.1:1')],
    ['a connection that was lost', new Error('the connection was lost: read ECONNRESET')],
    ['a Redis that did not answer in the time of the request', new RedisLate(1500, null)],
    ['a command that a lost connection took along', named('AbortError', 'Command aborted due to connection close')],
    ['a socket that is gone', Object.assign(withCode('ENOENT'), { syscall: 'connect' })],
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a replica', named('ReplyError', "READONLY You can't write against a read only replica.")],
    ['a full Redis', named('ReplyError', "OOM command not allowed when used memory > 'maxmemory'.")],
    [
      'a full Redis before 7, in a script',
      named('ReplyError', 'ERR Error running script (call to f_1): -OOM command not allowed'),
    ],
    ['a Redis that starts', named('ReplyError', 'LOADING Redis is loading the dataset in memory')],
    ['a full disk of Redis', named('ReplyError', 'MISCONF Redis is configured to save RDB snapshots')],
    ['a password of Redis', named('ReplyError', 'NOAUTH Authentication required.')],
    ['PostgreSQL refusing', new ConnectionRefusedError(withCode('ECONNREFUSED'))],
    ['no free connection to PostgreSQL', new ConnectionAcquireTimeoutError(new Error('timeout'))],
    ['PostgreSQL shutting down', fromDatabase('57P01')],
    ['PostgreSQL out of memory', fromDatabase('53200')],
    ['a PostgreSQL standby', fromDatabase('25006')],
    ['PostgreSQL gone under a query', fromDatabase('', 'Connection terminated unexpectedly')],
    ['PostgreSQL reset under a query', fromDatabase('ECONNRESET')],
    ['a busy SQLite', new TimeoutError(withCode('SQLITE_BUSY'))],
    ['a full disk of SQLite', fromDatabase('SQLITE_FULL')],
    ['a SQLite file that is gone', fromDatabase('SQLITE_CANTOPEN')],
  ]
  for (const [what, error] of outages) it(`is ${what}`, () => expect(isOutage(error)).to.equal(true))

  const faults: [string, unknown][] = [
    ['an error of the program', new TypeError('x is not a function')],
    ['a missing file', Object.assign(withCode('ENOENT'), { syscall: 'open' })],
    ['a wrong type in Redis', named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value')],
    [
      'a faulty script',
      named('ReplyError', 'ERR Error running script (call to f_1): @user_script:1: attempt to index nil'),
    ],
    ['a missing table', fromDatabase('SQLITE_ERROR', 'no such table: tb_users')],
    ['faulty SQL', fromDatabase('42601')],
    ['a value that is taken', new UniqueConstraintError({ fields: { username: 'x' } })],
    ['no error at all', 'text'],
  ]
  for (const [what, error] of faults) it(`is not ${what}`, () => expect(isOutage(error)).to.equal(false))
})
