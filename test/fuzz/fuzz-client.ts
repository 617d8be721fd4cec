import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FuzzRequest } from './request-maker.ts'

/** One answer, or `null` where the server closed the connection without one. */
export interface FuzzAnswer {
  readonly status: number
  /** Names in lower case, in the order in which they came; values of one that came twice with a newline between. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** How long an answer may take, in milliseconds, on a machine that does other things too. */
const HANGS_MS = 20_000

const HEAD_END = Buffer.from('\r\n\r\n')

/** Sends requests one after another over one connection for as long as the server keeps it, and reads the answers strictly. */
export class FuzzClient {
  readonly #port: number
  #socket: Socket | null = null
  #received: Buffer = Buffer.alloc(0)
  #more: () => void = () => {}

  constructor(url: string) {
    this.#port = Number(new URL(url).port)
  }

  /** @throws Error for an answer that is late or no HTTP */
  async ask({ method, bytes, cutOff }: FuzzRequest): Promise<FuzzAnswer | null> {
    const socket = this.#socket ?? (await this.#open())
    socket.write(bytes)
    if (cutOff) socket.end()
    const answer = await this.#read(socket, method)
    // What is left over would be taken for the next answer; behind a broken request no order is left.
    const ends = cutOff || answer === null || answer.headers.get('connection') === 'close' || this.#received.length > 0
    if (ends) this.close()
    return answer
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  async #open(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true })
    this.#socket = socket
    this.#received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#more()
    })
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null
      this.#more()
    })
    await once(socket, 'connect')
    return socket
  }

  async #read(socket: Socket, method: string): Promise<FuzzAnswer | null> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.#more()
    }, HANGS_MS)
    try {
      for (;;) {
        const answer = this.#take(method)
        if (answer !== null || socket.destroyed) return answer
        if (isLate)
          throw new Error(`no answer within ${HANGS_MS} ms; so far: ${this.#received.toString().slice(0, 500)}`)
        await new Promise<void>((resolve) => {
          this.#more = resolve
        })
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Takes a whole answer from what has come. Interim ones (100 Continue) are passed over. */
  #take(method: string): FuzzAnswer | null {
    for (;;) {
      const end = this.#received.indexOf(HEAD_END)
      if (end < 0) return null
      const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n')
      const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/.exec(first)?.[1])
      if (Number.isNaN(status)) throw new Error(`no status line of HTTP: ${first.slice(0, 200)}`)
      const headers = headersOf(lines)
      const hasBody = method !== 'HEAD' && status !== 204 && status !== 304 && status >= 200
      if (headers.has('transfer-encoding')) throw new Error(`an answer in pieces, which none of ours is: ${first}`)
      const length = hasBody ? Number(headers.get('content-length')) : 0
      if (!Number.isSafeInteger(length)) throw new Error(`an answer without its length: ${first}`)
      const bodyAt = end + HEAD_END.length
      if (this.#received.length < bodyAt + length) return null
      const body = this.#received.subarray(bodyAt, bodyAt + length)
      this.#received = this.#received.subarray(bodyAt + length)
      if (status >= 200) return { status, headers, body }
    }
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name = '', value = ''] = /^([\w-]+): ?(.*)$/s.exec(line) ?? []
    if (name === '') throw new Error(`no header of HTTP: ${line.slice(0, 200)}`)
    const key = name.toLowerCase()
    const earlier = headers.get(key)
    headers.set(key, earlier === undefined ? value : `${earlier}\n${value}`)
  }
  return headers
}
