import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  /** What came while the proxy was frozen, in its order. */
  readonly held: { to: Socket; bytes: Buffer }[]
  dead: boolean
}

/**
 * Stands between a client and a Redis, as a network does, and can stop to pass anything on without a word.
 *
 * 1. Every connection is accepted and gets one of its own to the server.
 * 2. freeze: connections stay, new ones are accepted, nothing goes through. Nobody is told that the other end has closed.
 * 3. thaw: new connections work. Those of the time before are lost for good, as in a network that has forgotten them; or
 *    what they had sent arrives now, as after a cable was plugged in again.
 */
export class FreezableProxy {
  readonly #server: Server
  readonly #lines = new Set<Line>()
  #frozen = false
  #trap: { text: string; sprung: () => void } | null = null

  private constructor(target: NetConnectOpts) {
    this.#server = createServer((client) => this.#accept(client, target))
  }

  /** @param target where the server listens. The proxy takes a free loopback port. */
  static async start(target: NetConnectOpts): Promise<FreezableProxy> {
    const proxy = new FreezableProxy(target)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  /** Its address, without a database. */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
    return `redis://127.0.0.1:${address.port}`
  }

  freeze(): void {
    this.#frozen = true
  }

  /** Freezes as soon as a client sends something that contains `text`, which is not passed on; resolves then. */
  async freezeAt(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#trap = { text, sprung: resolve }
    })
  }

  /** @param options.deliver whether what was sent meanwhile arrives now; default false */
  thaw({ deliver = false } = {}): void {
    this.#frozen = false
    this.#trap = null
    for (const line of this.#lines) {
      const held = line.held.splice(0)
      if (deliver) for (const { to, bytes } of held) to.write(bytes)
      else line.dead = true
    }
  }

  /** Ends all connections. May be called twice. */
  async stop(): Promise<void> {
    for (const { client, upstream } of this.#lines) {
      client.destroy()
      upstream.destroy()
    }
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #accept(client: Socket, target: NetConnectOpts): void {
    const upstream = connect(target)
    const line: Line = { client, upstream, held: [], dead: false }
    this.#lines.add(line)
    const pass = (to: Socket, bytes: Buffer): void => {
      if (line.dead) return
      if (this.#frozen) line.held.push({ to, bytes })
      else to.write(bytes)
    }
    client.on('data', (bytes: Buffer) => {
      if (this.#trap !== null && bytes.includes(this.#trap.text)) {
        this.#frozen = true
        this.#trap.sprung()
        this.#trap = null
      }
      pass(upstream, bytes)
    })
    upstream.on('data', (bytes: Buffer) => pass(client, bytes))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined)
      // The other side hears of it only through a network that works.
      socket.on('close', () => {
        if (!this.#frozen && !line.dead) other.destroy()
      })
    }
  }
}
