import { isIP } from 'node:net'

/** Reads an address strictly: `URL` alone would strip blanks and line ends and accept `https:shop.example`. */
function strictUrl(address: string, schemes: RegExp): URL | null {
  if (!schemes.test(address) || /[\s\p{Cc}]/u.test(address) || !URL.canParse(address)) return null
  return new URL(address)
}

/** Whether it is an http or https origin: no path, query, fragment, user or password. A slash at the end is allowed. */
export function isOrigin(address: string): boolean {
  const url = strictUrl(address, /^https?:\/\//)
  return url !== null && url.pathname === '/' && !/[?#@]/.test(address)
}

/** Whether it is the origin of one site: a pattern such as `https://*.shop.example` is not. */
export function isExactOrigin(address: string): boolean {
  return isOrigin(address) && !address.includes('*')
}

/** Whether it is a host as browsers name it in `Host`: a name or an address, and a port where it is not the scheme's own. */
export function isHostHeader(text: string): boolean {
  const [, port = '1'] = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])(?::([1-9]\d{0,4}))?$/i.exec(text) ?? [text, '0']
  return Number(port) >= 1 && Number(port) <= 65_535
}

/** Whether it is an https address without user, query or fragment, or an http one of this machine (for tests). */
export function isApiBase(address: string): boolean {
  const url = strictUrl(address, /^https?:\/\//)
  if (url === null || /[?#@]/.test(address)) return false
  return url.protocol === 'https:' || isLoopback(url.hostname)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
}

/** Whether it is `sqlite:<file>`, or `postgres://` (`postgresql://`) with a host, in its place or as `?host=`. */
export function isDatabaseAddress(address: string): boolean {
  if (/^sqlite:[^\p{Cc}]+$/u.test(address)) return true
  const url = strictUrl(address, /^postgres(?:ql)?:\/\//)
  return url !== null && (url.hostname !== '' || url.searchParams.has('host'))
}

/** Whether it is an IP address, or a range of them: `10.0.0.0/8`, `2001:db8::/32`. No zone. */
export function isAddressRange(text: string): boolean {
  const [, address = '', bits] = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128)
}
