import { RedisSetupError } from './errors.ts'

/** What an address says, taken apart. */
export type Endpoint = Access & (HostEndpoint | SocketEndpoint | SentinelEndpoint)

interface Access {
  readonly username: string | null
  readonly password: string | null
  /** Null: the address names none. */
  readonly database: number | null
  /** Settings of the query, without the database. */
  readonly query: Readonly<Record<string, string>>
}

interface HostEndpoint extends HostAndPort {
  readonly kind: 'host'
  readonly tls: boolean
}

interface SocketEndpoint {
  readonly kind: 'socket'
  readonly path: string
}

interface SentinelEndpoint {
  readonly kind: 'sentinel'
  readonly tls: boolean
  readonly sentinels: readonly HostAndPort[]
  /** The name that the sentinels know the master by. */
  readonly service: string
}

interface HostAndPort {
  readonly host: string
  readonly port: number
}

const expected =
  'expected redis://[user:password@]host[:port][/database], rediss:// alike over TLS, unix:///path/redis.sock[?db=0], ' +
  'redis+socket:// alike, or redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database]'

const tlsSettings = ['ssl_cert_reqs', 'ssl_ca_certs']
const sentinelSettings = ['sentinelUsername', 'sentinelPassword']

/** Per scheme: what kind of address it is and which settings its query may hold beside `db`. */
const schemes: Readonly<Record<string, { kind: Endpoint['kind']; tls: boolean; settings: readonly string[] }>> = {
  redis: { kind: 'host', tls: false, settings: [] },
  rediss: { kind: 'host', tls: true, settings: tlsSettings },
  unix: { kind: 'socket', tls: false, settings: [] },
  'redis+socket': { kind: 'socket', tls: false, settings: [] },
  'redis+sentinel': { kind: 'sentinel', tls: false, settings: sentinelSettings },
  'rediss+sentinel': { kind: 'sentinel', tls: true, settings: [...sentinelSettings, ...tlsSettings] },
}

/**
 * Takes an address apart. The forms are those of redis-py and kombu, so that an address which Celery uses fits.
 *
 * @throws RedisSetupError BAD_ADDRESS, without any part that could be a password
 */
export function parseEndpoint(url: string): Endpoint {
  const match = /^([a-z+]+):\/\/(?:([^/?#\s]*)@)?([^@/?#\s]*)((?:\/[^?#\s]*)?)(?:\?([^#\s]*))?$/.exec(url)
  const scheme = schemes[match?.[1] ?? '']
  if (match === null || scheme === undefined) throw badAddress(url, 'it has another form')
  const [, , userinfo, authority = '', path = '', search] = match
  const { database: inQuery, ...query } = readQuery(url, search ?? '', scheme.settings)
  const access = (database: string): Access => ({
    ...readUserinfo(url, userinfo),
    database: readDatabase(url, database === '' ? inQuery : database),
    query,
  })
  if (scheme.kind === 'socket') {
    if (authority !== '' || path.length < 2) throw badAddress(url, 'the path of the socket must follow three slashes')
    return { kind: 'socket', path: decode(url, path), ...access('') }
  }
  if (scheme.kind === 'host') {
    return { kind: 'host', tls: scheme.tls, ...readHost(url, authority, 6379), ...access(path.slice(1)) }
  }
  const [service = '', database = '', ...rest] = path.slice(1).split('/')
  if (service === '' || rest.length > 0) throw badAddress(url, 'the name of the service must follow the hosts')
  const sentinels = authority.split(',').map((host) => readHost(url, host, 26379))
  return { kind: 'sentinel', tls: scheme.tls, sentinels, service: decode(url, service), ...access(database) }
}

/** Puts an address together again. `masked`: for people; the password is `***` and the query is left out. */
export function formatEndpoint(endpoint: Endpoint, form: { readonly masked: boolean }): string {
  const { username, database } = endpoint
  const password = endpoint.password === null ? null : form.masked ? '***' : encodeURIComponent(endpoint.password)
  const access = password === null ? '' : `${encodeURIComponent(username ?? '')}:${password}@`
  const search = new URLSearchParams(form.masked ? {} : endpoint.query)
  if (endpoint.kind === 'socket' && database !== null) search.set('db', String(database))
  const query = search.size === 0 ? '' : `?${search.toString()}`
  const slashDatabase = database === null ? '' : `/${database}`
  if (endpoint.kind === 'socket') {
    return `unix://${access}${endpoint.path.split('/').map(encodeURIComponent).join('/')}${query}`
  }
  const scheme = endpoint.tls ? 'rediss' : 'redis'
  if (endpoint.kind === 'host') return `${scheme}://${access}${hostText(endpoint)}${slashDatabase}${query}`
  const hosts = endpoint.sentinels.map(hostText).join(',')
  return `${scheme}+sentinel://${access}${hosts}/${encodeURIComponent(endpoint.service)}${slashDatabase}${query}`
}

/** `host:port`, with an IPv6 host in brackets. */
export function hostText({ host, port }: HostAndPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function readUserinfo(url: string, userinfo: string | undefined): Pick<Access, 'username' | 'password'> {
  if (userinfo === undefined || userinfo === '') return { username: null, password: null }
  const colon = userinfo.indexOf(':')
  if (colon === -1) throw badAddress(url, 'a user needs a password: write user:password@, or :password@ without a user')
  const username = decode(url, userinfo.slice(0, colon))
  return { username: username === '' ? null : username, password: decode(url, userinfo.slice(colon + 1)) }
}

function readHost(url: string, text: string, defaultPort: number): HostAndPort {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3] ?? defaultPort)
  if (host === undefined || port < 1 || port > 65_535) {
    throw badAddress(url, 'each host must be a name or an address, with a port from 1 to 65535 or none')
  }
  return { host, port }
}

function readQuery(url: string, search: string, settings: readonly string[]): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [key, value] of new URLSearchParams(search)) {
    // kombu names the database of a socket `virtual_host`, redis-py `db`.
    if (key === 'db' || key === 'virtual_host') query['database'] = value
    else if (settings.includes(key)) query[key] = value
    else {
      // After a ? in a password, the rest of it would stand here.
      const shown = /^[a-zA-Z_]+$/.test(key) ? key : 'anything else'
      throw badAddress(url, `its query may hold ${['db', ...settings].join(', ')}, not ${shown}`)
    }
  }
  return query
}

function readDatabase(url: string, text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  if (!/^\d{1,9}$/.test(text)) throw badAddress(url, 'the database must be a whole number from 0')
  return Number(text)
}

function decode(url: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badAddress(url, 'a % must be followed by two hexadecimal digits')
  }
}

function badAddress(url: string, reason: string): RedisSetupError {
  // What stands before an @, in a query, or after a colon that no port follows may be a password, wherever a misplaced
  // character has put it.
  const hidden = /[@?#]|:(?!\/\/)(?!\d{1,5}(?:[,/]|$))/.test(url)
  const shown = hidden ? `${/^[a-z+]{1,20}:\/\//.exec(url)?.[0] ?? ''}... (not shown, it may hold a password)` : url
  const hint = hidden ? '; in a user name or password write / ? # @ % as %2F %3F %23 %40 %25' : ''
  return new RedisSetupError('BAD_ADDRESS', `not an address of a Redis: ${shown}: ${reason}; ${expected}${hint}`)
}
