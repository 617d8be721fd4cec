import { lookup } from 'node:dns/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Whether a host can be reached, and a sentence about it. */
export interface Reached {
  readonly ok: boolean
  readonly reason: string
}

/**
 * Looks a host's name up and connects to it, with TLS where its address says https; sends nothing.
 *
 * @param timeoutMs for each of the two
 */
export async function reach(url: URL, timeoutMs: number): Promise<Reached> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  try {
    const { address } = await withTime(lookup(host), timeoutMs, 'looking up the name')
    const secure = url.protocol === 'https:'
    const port = Number(url.port) || (secure ? 443 : 80)
    // An address is no server name.
    const servername = host === address ? {} : { servername: host }
    const socket = secure ? connectTls({ host: address, port, ...servername }) : connectTcp({ host: address, port })
    await withTime(connected(socket, secure ? 'secureConnect' : 'connect'), timeoutMs, 'connecting').finally(() =>
      socket.destroy(),
    )
    return { ok: true, reason: `${url.host} is ${address}, and takes ${secure ? 'TLS' : 'TCP'} connections` }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { ok: false, reason: `${url.host} can not be reached: ${code}` }
  }
}

function connected(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.on('error', reject)
  })
}

async function withTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let clock: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = Object.assign(new Error(what), { code: `${what} took more than ${timeoutMs} ms` })
    clock = setTimeout(() => reject(error), timeoutMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(clock))
}
