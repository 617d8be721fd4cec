/**
 * Reads the address of a Redis: `redis://[user:password@]host[:port][/database]`, `rediss://` alike over TLS, or
 * `redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database]`. A query may follow.
 *
 * @returns the database number that the path names, null when it names none, or undefined when it is no such address
 */
export function redisUrlDatabase(url: string): number | null | undefined {
  // What URL would strip in silence, others that read the address might not.
  if (/[\s\p{Cc}]/u.test(url)) return undefined
  return url.startsWith('redis+sentinel://') ? sentinelDatabase(url) : plainDatabase(url)
}

function plainDatabase(url: string): number | null | undefined {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return undefined
  const { hostname, pathname } = new URL(url)
  return isHostName(hostname) ? databaseNumber(pathname.slice(1)) : undefined
}

function sentinelDatabase(url: string): number | null | undefined {
  // Several hosts in one address are more than URL can read, so each is read by itself.
  const match = /^redis\+sentinel:\/\/(?:[^/?#]*@)?([^@/?#]+)\/([^/?#]+)\/?([^/?#]*)(?:\?[^#]*)?$/.exec(url)
  if (match === null) return undefined
  const [, hosts = '', , database = ''] = match
  return hosts.split(',').every(isHost) ? databaseNumber(database) : undefined
}

function isHost(host: string): boolean {
  return URL.canParse(`redis://${host}`) && isHostName(new URL(`redis://${host}`).hostname)
}

/** URL lets more pass here than a host may hold: nothing at all, or `a,b`. */
function isHostName(hostname: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(hostname)
}

function databaseNumber(segment: string): number | null | undefined {
  if (segment === '') return null
  return /^\d{1,9}$/.test(segment) ? Number(segment) : undefined
}
