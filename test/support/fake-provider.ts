import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An answer, in a provider's own form. */
export interface FakeAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How a message that is in order is answered: taken; left without an answer; taken, but the connection ends; neither; any answer. */
export type FakeMove = 'ok' | 'hang' | 'half' | 'reset' | FakeAnswer

/** A message that a provider took. */
export interface FakeSms {
  readonly to: string
  readonly code: string
}

/** A request as it came. */
export interface FakeRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a provider makes of a request: a fault, with its answer; a message; or something else that it answers. */
export type Verdict =
  | { readonly fault: string; readonly answer: FakeAnswer }
  | { readonly sms: FakeSms; readonly accepted: FakeAnswer; readonly key?: string }
  | { readonly told: FakeAnswer }

/**
 * A provider on a loopback port. In order, for each request: count it, judge it as the provider would, and refuse what is wrong; else do
 * what the first of `next` says, or `move`.
 */
export class FakeProvider {
  move: FakeMove = 'ok'
  readonly next: FakeMove[] = []
  readonly sent: FakeSms[] = []
  /** Why requests were refused: a test of ours that finds one here has found a fault of ours. */
  readonly faults: string[] = []
  readonly requests: FakeRequest[] = []
  readonly hanging: ServerResponse[] = []
  readonly #judge: (request: FakeRequest) => Verdict
  readonly #keys = new Set<string>()
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch(() => response.destroy())
  })
  #port = 0

  private constructor(judge: (request: FakeRequest) => Verdict) {
    this.#judge = judge
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(judge: (request: FakeRequest) => Verdict): Promise<FakeProvider> {
    const fake = new FakeProvider(judge)
    await fake.listen()
    return fake
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Opens the port again, the same one, after `refuse`. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  /** Closes the port and every connection. Also the way to end. */
  refuse(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const url = new URL(request.url ?? '/', this.baseUrl)
    const came = { method: request.method ?? '', url, headers, body }
    this.requests.push(came)
    const verdict = this.#judge(came)
    if ('fault' in verdict) {
      this.faults.push(verdict.fault)
      return answerWith(response, verdict.answer)
    }
    if ('told' in verdict) return answerWith(response, verdict.told)
    const { sms, accepted, key } = verdict
    const take = (): void => {
      if (key === undefined || !this.#keys.has(key)) this.sent.push(sms)
      if (key !== undefined) this.#keys.add(key)
    }
    const move = this.next.shift() ?? this.move
    switch (move) {
      case 'ok':
        take()
        return answerWith(response, accepted)
      case 'hang':
        this.hanging.push(response)
        return
      case 'half':
        take()
        response.writeHead(200, { 'content-length': 100 })
        response.write('{', () => response.destroy())
        return
      case 'reset':
        response.destroy()
        return
      default:
        return answerWith(response, move)
    }
  }
}

function answerWith(response: ServerResponse, { status, body, headers = {} }: FakeAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
}
