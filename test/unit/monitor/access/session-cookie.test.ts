import { expect } from 'chai'
import { SessionCookies } from '../../../../src/monitor/access/session-cookie.ts'

const token = 't'.repeat(43)
const hour = 3_600_000

describe('sessions of the dashboard', () => {
  it('are read back, also by another process with the same token', () => {
    const { session, value } = new SessionCookies(token, hour).make()
    expect(new SessionCookies(token, hour).read(value)).to.deep.equal(session)
    expect(session.endsAt).to.be.within(Date.now() + hour - 10_000, Date.now() + hour)
  })

  it('are each another', () => {
    const cookies = new SessionCookies(token, hour)
    expect(cookies.make().value).not.to.equal(cookies.make().value)
  })

  it('are over with another token', () => {
    const { value } = new SessionCookies(token, hour).make()
    expect(new SessionCookies(`${token}x`, hour).read(value)).to.equal(null)
  })

  it('end by themselves', () => {
    expect(new SessionCookies(token, hour).read(new SessionCookies(token, 0).make().value)).to.equal(null)
  })

  it('can be ended, one and not another', () => {
    const cookies = new SessionCookies(token, hour)
    const [one, other] = [cookies.make(), cookies.make()]
    cookies.end(one.session)
    expect(cookies.read(one.value)).to.equal(null)
    expect(cookies.read(other.value)).to.deep.equal(other.session)
  })

  it('are not to be made up, or made longer', () => {
    const cookies = new SessionCookies(token, hour)
    const { session, value } = cookies.make()
    const [version = '', , id = '', signature = ''] = value.split('.')
    const later = (session.endsAt + hour).toString(36)
    const faked = [
      '',
      'v1',
      'v1...',
      `${version}.${later}.${id}.${signature}`,
      `v2${value.slice(2)}`,
      `${value}x`,
      ` ${value}`,
      value.slice(0, -1),
      value.slice(0, -43) + 'A'.repeat(43),
      `${version}.NaN.${id}.${signature}`,
    ]
    for (const text of faked) expect(cookies.read(text), text).to.equal(null)
  })
})
