import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { AllowedHosts } from '../../../../src/monitor/access/allowed-hosts.ts'
import { MonitorError } from '../../../../src/monitor/monitor-error.ts'

describe('the hosts that the dashboard answers for', () => {
  const requestTo = (port: number, ...hosts: string[]): IncomingMessage =>
    ({
      rawHeaders: ['Accept', 'host', ...hosts.flatMap((host) => ['Host', host])],
      socket: { localPort: port },
    }) as never

  function allows(hosts: AllowedHosts, port: number, ...given: string[]): boolean {
    try {
      hosts.check(requestTo(port, ...given))
      return true
    } catch (error) {
      if (error instanceof MonitorError && error.error === 'HOST_NOT_ALLOWED') return false
      throw error
    }
  }

  const hosts = new AllowedHosts('127.0.0.1', 'https://shop.example', ['monitor.example', '10.0.0.5:8000'])

  for (const host of [
    'localhost:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
    'LocalHost:3000',
    'shop.example',
    'Monitor.Example',
    '10.0.0.5:8000',
  ]) {
    it(`has ${host}`, () => expect(allows(hosts, 3000, host)).to.equal(true))
  }

  for (const host of [
    'localhost',
    'localhost:3001',
    'localhost:3000.evil.example',
    'evil.example:3000',
    'localhost.evil.example:3000',
    'shop.example:3000',
    'x.shop.example',
    'monitor.example.',
    '10.0.0.5:3000',
    '127.0.0.2:3000',
    '0.0.0.0:3000',
    '',
  ]) {
    it(`has not ${host === '' ? 'an empty one' : host}`, () => expect(allows(hosts, 3000, host)).to.equal(false))
  }

  it('takes exactly one', () => {
    expect(allows(hosts, 3000)).to.equal(false)
    expect(allows(hosts, 3000, 'localhost:3000', 'localhost:3000')).to.equal(false)
  })

  it('takes names of this machine without a port where it is the one that browsers leave out', () => {
    expect(allows(hosts, 80, 'localhost')).to.equal(true)
    expect(allows(hosts, 80, '[::1]')).to.equal(true)
  })

  it('has the address that is listened on, and no wildcard', () => {
    expect(allows(new AllowedHosts('192.0.2.7', null, []), 3000, '192.0.2.7:3000')).to.equal(true)
    expect(allows(new AllowedHosts('2001:DB8::7', null, []), 3000, '[2001:db8::7]:3000')).to.equal(true)
    expect(allows(new AllowedHosts('0.0.0.0', null, []), 3000, '0.0.0.0:3000')).to.equal(false)
    expect(allows(new AllowedHosts('::', null, []), 3000, '[::]:3000')).to.equal(false)
    // A name is for whoever resolves it.
    expect(allows(new AllowedHosts('shop.internal', null, []), 3000, 'shop.internal:3000')).to.equal(false)
  })

  it('says what was expected and what came', () => {
    expect(() => hosts.check(requestTo(3000, 'evil.example'))).to.throw(
      'Host: expected one of localhost:3000, 127.0.0.1:3000, [::1]:3000, shop.example, monitor.example, 10.0.0.5:8000 (more of them: monitor.hosts, MONITOR_HOSTS), came "evil.example"',
    )
  })
})
