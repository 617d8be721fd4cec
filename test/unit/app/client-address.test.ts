import { expect } from 'chai'
import type Koa from 'koa'
import { addressBlock } from '../../../src/app/address-block.ts'
import { clientAddressOf, findClientAddress } from '../../../src/app/client-address.ts'
import { recordingLogger } from '../../support/recording-logger.ts'

/** A request as far as it matters here. */
function requestFrom(socketAddress: string | undefined, header = ''): Koa.Context {
  const context = {
    req: { socket: { remoteAddress: socketAddress } },
    state: {},
    get: (name: string) => (name === 'X-Forwarded-For' ? header : ''),
  }
  return context as unknown as Koa.Context
}

const logger = () => ({ ...recordingLogger(), debug: () => undefined })

async function addressOf(trusted: string[], socketAddress: string | undefined, header?: string): Promise<string> {
  const ctx = requestFrom(socketAddress, header)
  await findClientAddress(trusted, logger())(ctx, async () => undefined)
  return clientAddressOf(ctx)
}

describe("a client's address", () => {
  const canonical: [socket: string | undefined, address: string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    [undefined, 'unknown'],
    ['', 'unknown'],
  ]
  for (const [socket, address] of canonical) {
    it(`is ${address} of a connection from ${String(socket)}`, async () => {
      expect(await addressOf([], socket)).to.equal(address)
      expect(await addressOf(['10.0.0.1'], socket, '203.0.113.9')).to.equal(address)
    })
  }

  const forwarded: [what: string, trusted: string[], socket: string, header: string, address: string][] = [
    ['what the proxy has written last', ['10.0.0.1'], '10.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['past every trusted proxy', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['the first, where all are proxies', ['10.0.0.0/8'], '10.0.0.1', '10.2.0.1, 10.3.0.1', '10.2.0.1'],
    ['the proxy itself without a header', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
    ['the connection from elsewhere', ['10.0.0.1'], '10.0.0.2', '203.0.113.9', '10.0.0.2'],
    ['loopback, in either family', ['loopback'], '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['loopback, IPv6', ['loopback'], '::1', '2001:DB8::9', '2001:db8::9'],
    ['linklocal', ['linklocal'], 'fe80::1%eth0', '203.0.113.9', '203.0.113.9'],
    ['uniquelocal', ['uniquelocal'], '192.168.3.4', '203.0.113.9, 172.31.1.1, fd00::1', '203.0.113.9'],
    ['an IPv6 range', ['2001:db8:ffff::/48'], '2001:db8:ffff:1::5', '203.0.113.9', '203.0.113.9'],
    ['an IPv4 range, written as IPv6', ['::ffff:10.0.0.0/104'], '10.3.0.1', '203.0.113.9', '203.0.113.9'],
    ['not outside of it', ['::ffff:10.0.0.0/104'], '11.3.0.1', '203.0.113.9', '11.3.0.1'],
    ['no range of the other family', ['::/0'], '10.0.0.1', '203.0.113.9', '10.0.0.1'],
    ['an IPv4 address in IPv6', ['10.0.0.1'], '10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['with a port', ['10.0.0.1'], '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['with a port, IPv6', ['10.0.0.1'], '10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['in brackets', ['10.0.0.1'], '10.0.0.1', '[2001:db8::9]', '2001:db8::9'],
    ['the proxy, where it wrote no address', ['10.0.0.1'], '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
    ['the proxy, where it wrote nothing', ['10.0.0.1'], '10.0.0.1', '203.0.113.9,', '10.0.0.1'],
    ['the proxy, for odd forms', ['10.0.0.1'], '10.0.0.1', '0xcb.0x0071.9', '10.0.0.1'],
    ['the proxy, for what would be a key', ['10.0.0.1'], '10.0.0.1', 'x\r\nFLUSHALL', '10.0.0.1'],
  ]
  for (const [what, trusted, socket, header, address] of forwarded) {
    it(`is ${what}`, async () => {
      expect(await addressOf(trusted, socket, header)).to.equal(address)
    })
  }

  it('says once that a header is not used, and which setting would use it', async () => {
    const log = logger()
    const find = findClientAddress(['10.0.0.1'], log)
    for (const [socket, header] of [
      ['192.0.2.7', ''],
      ['10.0.0.1', '203.0.113.9'],
      ['192.0.2.7', '203.0.113.9'],
      ['192.0.2.8', '203.0.113.9'],
    ] as const)
      await find(requestFrom(socket, header), async () => undefined)
    expect(log.lines).to.have.length(1)
    expect(log.lines[0]).to.deep.include({
      level: 'warn',
      fields: { from: '192.0.2.7', setting: 'http.trustedProxies', variable: 'TRUSTED_PROXIES' },
    })
  })
})

describe('the block of an address', () => {
  const cases: [address: string, bits: { ipv4: number; ipv6: number }, block: string][] = [
    ['192.0.2.77', { ipv4: 32, ipv6: 64 }, '192.0.2.77'],
    ['192.0.2.77', { ipv4: 24, ipv6: 48 }, '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', { ipv4: 32, ipv6: 64 }, '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', { ipv4: 32, ipv6: 64 }, '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', { ipv4: 32, ipv6: 64 }, '2001:db8:1:3::/64'],
    ['2001:db8:1:2:3:4:5:6', { ipv4: 24, ipv6: 48 }, '2001:db8:1::/48'],
    ['::1', { ipv4: 32, ipv6: 64 }, '::/64'],
    ['unknown', { ipv4: 24, ipv6: 48 }, 'unknown'],
  ]
  for (const [address, bits, block] of cases) {
    it(`is ${block} for ${address}`, () => {
      expect(addressBlock(address, bits)).to.equal(block)
    })
  }
})
