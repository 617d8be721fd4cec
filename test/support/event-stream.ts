import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { eventually } from './eventually.ts'

/** A server-sent event. */
export interface StreamEvent {
  readonly name: string
  readonly id: string
  readonly data: unknown
}

/** An open stream of server-sent events, as a browser would read it. */
export class EventStream {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly events: StreamEvent[] = []
  /** All that came. */
  text = ''
  ended = false
  readonly #request: ClientRequest
  #rest = ''

  private constructor(asked: ClientRequest, response: IncomingMessage) {
    this.#request = asked
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => this.#take(chunk))
    response.on('close', () => (this.ended = true))
    response.on('error', () => {})
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventStream> {
    const asked = request(url, { headers, agent: false })
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    asked.on('error', () => {})
    return new EventStream(asked, response)
  }

  /** The first event of a name that fits, from those that have come or will come. */
  find(name: string, fits: (data: never) => boolean = () => true): Promise<StreamEvent> {
    return eventually(
      () => {
        const found = this.events.find((event) => event.name === name && fits(event.data as never))
        if (found === undefined) throw new Error(`so far: ${this.text.slice(-500)}`)
        return found
      },
      { what: `an event ${name}`, timeoutMs: 15_000 },
    )
  }

  close(): void {
    this.#request.destroy()
  }

  #take(chunk: string): void {
    this.text += chunk
    this.#rest += chunk
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const fields = new Map(this.#rest.slice(0, end).split('\n').map(fieldOf))
      this.#rest = this.#rest.slice(end + 2)
      const data = fields.get('data')
      if (data === undefined) continue
      this.events.push({ name: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data: JSON.parse(data) })
    }
  }
}

function fieldOf(line: string): [string, string] {
  const at = line.indexOf(': ')
  return [line.slice(0, at), line.slice(at + 2)]
}
