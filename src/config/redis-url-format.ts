/**
 * Reads the address of a Redis: `redis://[user:password@]host[:port][/database]`, `rediss://` alike over TLS,
 * `redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database]`, or that of a Unix socket, `unix:///path[?db=number]`, which
 * kombu writes `redis+socket:///path[?virtual_host=number]`. A query may follow, and name the database where the path does not.
 *
 * @returns the database number that it names, null when it names none, or undefined when it is no such address
 */
export function redisUrlDatabase(url: string): number | null | undefined {
  // What URL would strip in silence, others that read the address might not.
  if (/[\s\p{Cc}]/u.test(url)) return undefined
  if (url.startsWith('redis+sentinel://')) return sentinelDatabase(url)
  return /^(?:unix|redis\+socket):/.test(url) ? socketDatabase(url) : plainDatabase(url)
}

function plainDatabase(url: string): number | null | undefined {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return undefined
  const { hostname, pathname, search } = new URL(url)
  return isHostName(hostname) ? databaseNumber(pathname.slice(1), search) : undefined
}

function socketDatabase(url: string): number | null | undefined {
  const match = /^[a-z+]+:\/\/(?:[^/?#]*@)?\/[^?#]+(\?[^#]*)?$/.exec(url)
  return match === null ? undefined : databaseNumber('', match[1])
}

function sentinelDatabase(url: string): number | null | undefined {
  // Several hosts in one address are more than URL can read, so each is read by itself.
  const match = /^redis\+sentinel:\/\/(?:[^/?#]*@)?([^@/?#]+)\/([^/?#]+)\/?([^/?#]*)(\?[^#]*)?$/.exec(url)
  if (match === null) return undefined
  const [, hosts = '', , database = '', search] = match
  return hosts.split(',').every(isHost) ? databaseNumber(database, search) : undefined
}

function isHost(host: string): boolean {
  return URL.canParse(`redis://${host}`) && isHostName(new URL(`redis://${host}`).hostname)
}

/** URL lets more pass here than a host may hold: nothing at all, or `a,b`. */
function isHostName(hostname: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(hostname)
}

function databaseNumber(segment: string, search = ''): number | null | undefined {
  const query = new URLSearchParams(search)
  const text = segment === '' ? (query.get('db') ?? query.get('virtual_host') ?? '') : segment
  if (text === '') return null
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
