import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv6 customer has at least a /64 to choose addresses from: RFC 6177. */
export const oneClient = { ipv4: 32, ipv6: 64 }

/**
 * The block of addresses that an address is in: `192.0.2.0/24`, `2001:db8:1:2::/64`; the address itself where that is all of the block.
 *
 * @param address an address in its canonical form; what is none is a block of its own
 * @param bits how many bits the addresses of a block have in common
 */
export function addressBlock(address: string, bits: { readonly ipv4: number; readonly ipv6: number }): string {
  if (isIP(address) === 0) return address
  const [whole, common] = ipaddr.IPv4.isValid(address) ? [32, bits.ipv4] : [128, bits.ipv6]
  if (common === whole) return address
  const { IPv4, IPv6 } = ipaddr
  const network = (whole === 32 ? IPv4 : IPv6).networkAddressFromCIDR(`${address}/${common}`)
  return `${network.toString()}/${common}`
}
