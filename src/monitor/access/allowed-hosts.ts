import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { MonitorError } from '../monitor-error.ts'

/** Names by which a browser on this machine reaches it. */
const loopback = ['localhost', '127.0.0.1', '[::1]']

/** The port that browsers leave out. */
const httpPort = 80

/**
 * Knows for which hosts the dashboard answers: a page of any other site whose name leads here (DNS rebinding) would have its own name in
 * `Host`. The list is exact: names of this machine and the address that is listened on, with the port that the connection came to; the service's
 * public address; and what the settings name.
 */
export class AllowedHosts {
  readonly #own: readonly string[]
  readonly #named: ReadonlySet<string>

  /**
   * @param listensOn address that the service listens on
   * @param publicUrl address under which browsers reach the service; null: it has none
   * @param hosts more of them, as `Host` has them: `monitor.example`, `10.0.0.5:3000`
   */
  constructor(listensOn: string, publicUrl: string | null, hosts: readonly string[]) {
    const publicHost = publicUrl === null ? [] : [new URL(publicUrl).host]
    this.#named = new Set([...publicHost, ...hosts].map((host) => host.toLowerCase()))
    const address = isIP(listensOn) === 6 ? `[${listensOn.toLowerCase()}]` : listensOn
    // A wildcard is no address.
    const isOne = isIP(listensOn) !== 0 && !['0.0.0.0', '[::]'].includes(address)
    this.#own = [...new Set([...loopback, ...(isOne ? [address] : [])])]
  }

  /**
   * The host that a request names, in lower case.
   *
   * @throws MonitorError HOST_NOT_ALLOWED for another, for none, and for several: Node would drop one, and a proxy the other
   */
  check(request: IncomingMessage): string {
    const given = request.rawHeaders.filter((_text, index, all) => index % 2 === 1 && isHost(all[index - 1]))
    const [host = ''] = given
    const allowed = this.#allowed(request.socket.localPort)
    if (given.length === 1 && allowed.includes(host.toLowerCase())) return host.toLowerCase()
    const came = given.length > 1 ? `${given.length} of them` : host === '' ? 'none' : shown(host)
    throw new MonitorError(
      'HOST_NOT_ALLOWED',
      `Host: expected one of ${allowed.join(', ')} (more of them: monitor.hosts, MONITOR_HOSTS), came ${came}`,
    )
  }

  #allowed(port: number | undefined): string[] {
    const local = port === undefined ? [] : this.#own.map((name) => `${name}:${port}`)
    return [...local, ...(port === httpPort ? this.#own : []), ...this.#named]
  }
}

function isHost(name: string | undefined): boolean {
  return name?.toLowerCase() === 'host'
}

function shown(host: string): string {
  return JSON.stringify(host.slice(0, 100))
}
