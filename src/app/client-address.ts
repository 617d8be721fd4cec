import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type Koa from 'koa'
import type { Logger } from './logger.ts'

/** Words for ranges, as Express and its like know them. */
const words: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** What stands for the address of a client that has gone before it was looked at. All of them share what one address may do. */
const nobody = 'unknown'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [network: Address, bits: number]

/**
 * Finds out the address of each request's client.
 *
 * 1. It is the address at the other end of the connection.
 * 2. Where that is a trusted proxy's, the last entry of `X-Forwarded-For` counts in its place, which the proxy has written; where that is a
 *    trusted proxy's too, the one before it, and so on. What a client writes into the header itself stands further left.
 * 3. An entry that is no address ends the search: what could not be read counts for the proxy that passed it on.
 *
 * A header from any other address is not looked at. That is logged once: it may be a proxy that somebody has forgotten.
 *
 * @param trusted addresses, ranges as `10.0.0.0/8`, and the words `loopback`, `linklocal`, `uniquelocal`
 */
export function findClientAddress(trusted: readonly string[], logger: Logger): Koa.Middleware {
  const ranges = trusted.flatMap((name) => words[name] ?? [name]).map(rangeOf)
  const isTrusted = (address: Address): boolean => ranges.some((range) => isWithin(address, range))
  let told = false

  function find(socketAddress: string | undefined, header: string): string {
    let client = parse(socketAddress ?? '')
    if (client === undefined) return nobody
    if (header !== '' && !isTrusted(client) && !told) {
      told = true
      logger.warn(
        { from: client.toString(), setting: 'http.trustedProxies', variable: 'TRUSTED_PROXIES' },
        'X-Forwarded-For is not used: it came from an address that is not among the trusted proxies. If that is a proxy of yours, name it there',
      )
    }
    for (const entry of header.split(',').toReversed()) {
      if (!isTrusted(client)) break
      const before = parse(withoutPort(entry.trim()))
      if (before === undefined) break
      client = before
    }
    return client.toString()
  }

  return (ctx, next) => {
    ctx.state['clientAddress'] = find(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'))
    return next()
  }
}

/** The address of a request's client, in canonical form (RFC 5952), an IPv4 one never as IPv6; or a word where it is not known. */
export function clientAddressOf(ctx: Koa.Context): string {
  return String(ctx.state['clientAddress'])
}

/** An address as `clientAddressOf` has it; undefined where a text is none. */
export function canonicalAddress(text: string): string | undefined {
  return parse(text)?.toString()
}

/** Only the usual forms: `ipaddr.js` alone would take `0x7f.1`, too. The zone names an interface of this machine and is left out. */
function parse(text: string): Address | undefined {
  const [address = ''] = text.split('%', 1)
  return isIP(address) === 0 ? undefined : ipaddr.process(address)
}

/** Some proxies write `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(entry: string): string {
  return entry.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
}

function rangeOf(text: string): Range {
  const [address = '', bits] = text.split('/')
  const network = ipaddr.process(address)
  const whole = network.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [network, whole]
  // An IPv4 range that was written as IPv6.
  return [network, address.includes(':') && whole === 32 ? Math.max(0, Number(bits) - 96) : Number(bits)]
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}
