import { once } from 'node:events'
import { connect } from 'node:net'

/** The end of a head, and what is looked for in it. */
const HEAD_END = '\r\n\r\n'
const LENGTH = /^content-length: (\d+)/im
const COOKIE = /^set-cookie: ([^;\r]*)/gim

/**
 * One HTTP connection that is kept alive, for one request at a time. It does as little as it can, for it shares the processors
 * with what it measures: answers must have a Content-Length.
 */
export class Connection {
  /** @type {import('node:net').Socket} */
  #socket
  #received = ''
  /** @type {Map<string, string>} */
  #cookies = new Map()
  /** @type {{ resolve: (answer: Answer) => void, reject: (error: Error) => void } | null} */
  #waiting = null

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket.setNoDelay().setEncoding('latin1')
    socket.on('data', (text) => this.#take(String(text)))
    const lost = () => this.#waiting?.reject(new Error('the server has closed the connection'))
    socket.on('close', lost).on('error', lost)
  }

  /** @param {number} port on 127.0.0.1 */
  static async open(port) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  /**
   * @param {import('./requests.mjs').Request} request
   * @returns {Promise<Answer>}
   *
   * @typedef {{ status: number, body: string }} Answer
   */
  send({ method, path, body, keepsCookies }) {
    const cookies = keepsCookies ? [...this.#cookies].map((pair) => pair.join('=')).join('; ') : ''
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      ...(cookies === '' ? [] : [`Cookie: ${cookies}`]),
      ...(body === null ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    if (this.#socket.destroyed) return Promise.reject(new Error('the server has closed the connection'))
    this.#socket.write(`${lines.join('\r\n')}${HEAD_END}${body ?? ''}`)
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
  }

  close() {
    this.#socket.destroy()
  }

  /** @param {string} text */
  #take(text) {
    this.#received += text
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = this.#received.slice(0, headEnd)
    const start = headEnd + HEAD_END.length
    const length = Number(LENGTH.exec(head)?.[1] ?? 0)
    if (this.#received.length < start + length) return
    for (const [, cookie = ''] of head.matchAll(COOKIE)) {
      const [name = '', value = ''] = cookie.split('=', 2)
      this.#cookies.set(name, value)
    }
    const answer = { status: Number(head.slice(9, 12)), body: this.#received.slice(start, start + length) }
    this.#received = this.#received.slice(start + length)
    this.#waiting?.resolve(answer)
    this.#waiting = null
  }
}
