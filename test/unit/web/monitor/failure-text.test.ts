import { expect } from 'chai'
import { language } from '../../../../src/web/language.ts'
import { failureText } from '../../../../src/web/monitor/failure-text.ts'
import { MonitorError } from '../../../../src/web/monitor/monitor-api.ts'

describe('what the dashboard tells of a failure', () => {
  afterEach(() => (language.value = 'zh'))

  it('is in the language of the page, with what the server said where that says why', () => {
    const busy = new MonitorError('CONFLICT', { status: 409, message: 'the pool is of a fixed size' })
    expect(failureText(busy)).to.equal('服务器拒绝了请求：the pool is of a fixed size')
    expect(failureText(new MonitorError('WRONG_TOKEN', { status: 401 }))).to.equal('令牌有误')
    expect(failureText(new MonitorError('TOO_MANY_TRIES', { retryAfter: 7 }))).to.include('7 秒')
    language.value = 'en'
    expect(failureText(busy)).to.equal('The server refused: the pool is of a fixed size')
    expect(failureText(new MonitorError('NETWORK'))).to.equal('No connection. Look at the network and try again')
    expect(failureText(new MonitorError('UNEXPECTED', { status: 502 }))).to.include('502')
  })
})
