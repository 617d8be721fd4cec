import { expect } from 'chai'
import { connectionFailure, errorCode, errorText, isRefusal, RedisSetupError } from '../../../src/redis/errors.ts'

describe('the text of an error', () => {
  it('is found where Node puts it', () => {
    expect(errorText(new Error('plain'))).to.equal('plain')
    expect(errorText(new AggregateError([new Error('first'), new Error('second')]))).to.equal('first; second')
    expect(errorText(Object.assign(new Error(), { code: 'ECONNREFUSED' }))).to.equal('ECONNREFUSED')
    expect(errorText(new TypeError())).to.equal('TypeError')
    expect(errorText('text')).to.equal('text')
    expect(errorCode(new Error('plain'))).to.equal(undefined)
    expect(errorCode({ code: 'ENOENT' })).to.equal(undefined)
    expect(new RedisSetupError('LOCKED', 'held')).to.include({
      code: 'LOCKED',
      name: 'RedisSetupError',
      message: 'held',
    })
  })

  it('is the reason of a failed connection, without the command, which may hold the password', () => {
    const error = Object.assign(new Error('WRONGPASS'), {
      command: { name: 'hello', args: ['3', 'AUTH', 'default', 'x'] },
    })
    expect(connectionFailure(error)).to.equal('WRONGPASS')
    expect(error).to.not.have.property('command')
    for (const later of [
      "Stream isn't writeable and enableOfflineQueue options is false",
      'Redis is not ready: closed by the server',
      'the connection was lost: closed by the server',
    ]) {
      expect(connectionFailure(new Error(later))).to.equal(null)
    }
  })

  it('tells a server that can not serve now from a command that is wrong', () => {
    const refusals = ['READONLY You', 'OOM command', 'LOADING Redis', 'MISCONF Redis', 'MASTERDOWN Link', 'BUSY Redis']
    for (const text of refusals) expect(isRefusal(new Error(text)), text).to.equal(true)
    for (const text of ['ERR syntax error', 'WRONGTYPE Operation', 'BUSYKEY Target', 'NOSCRIPT No', 'OOMPH']) {
      expect(isRefusal(new Error(text)), text).to.equal(false)
    }
  })
})
