import { expect } from 'chai'
import { networkOf } from '../../../src/app/login-delays.ts'

describe('the network that wrong passwords are counted for', () => {
  it('is an IPv4 address by itself', () => {
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '']) expect(networkOf(address)).to.equal(address)
  })

  it('is the /64 of an IPv6 address, however that is written', () => {
    for (const address of ['2001:db8:0:1::1', '2001:0DB8::1:0:0:0:2', '2001:db8:0:1:a:b:c:d', '2001:db8:0:1::']) {
      expect(networkOf(address), address).to.equal('2001:db8:0:1::/64')
    }
    expect(networkOf('::1')).to.equal('0:0:0:0::/64')
    expect(networkOf('fe80::1%eth0')).to.equal('fe80:0:0:0::/64')
  })
})
