import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  headers: Map<string, string>
  body: string
}

/** A connection that sends whatever bytes a test likes, and keeps what comes back. */
export class RawHttp {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #received = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = once(socket, 'close')
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
    // What the server thinks of it is seen in the answer, and in the end of the connection.
    socket.on('error', () => {})
  }

  static async open(url: string): Promise<RawHttp> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const raw = new RawHttp(socket)
    await once(socket, 'connect')
    return raw
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes)
    return this
  }

  /** All that came until the server closed the connection. */
  async untilClosed(): Promise<RawAnswer[]> {
    await this.closed
    return this.answers()
  }

  /** The answers that have come so far, each in full. */
  answers(): RawAnswer[] {
    const answers: RawAnswer[] = []
    let rest = this.#received.toString()
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
      const headers = new Map(lines.map((line) => headerOf(line)))
      const status = Number(first.split(' ')[1])
      // Without a body: what tells to go on, and what has none. All of ours are short: bytes and characters may differ.
      const bytes = Buffer.from(rest.slice(end + 4))
      const length = Number(headers.get('content-length') ?? 0)
      if (bytes.length < length) break
      answers.push({ status, headers, body: bytes.subarray(0, length).toString() })
      rest = bytes.subarray(length).toString()
    }
    return answers
  }
}

/** Sends bytes on a connection of their own. @returns the answers, when the server has closed it */
export async function exchange(url: string, bytes: string | Uint8Array): Promise<RawAnswer[]> {
  const raw = await RawHttp.open(url)
  return raw.send(bytes).untilClosed()
}

function headerOf(line: string): [string, string] {
  const at = line.indexOf(':')
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
}
