import type { IncomingMessage, Server } from 'node:http'

/** For so long after a request the next one is expected, in milliseconds. */
const expectedMs = 20

/** Knows whether a server has requests to answer, or is about to. */
export class RequestGauge {
  #open = 0
  #lastMs = -Infinity

  /**
   * Counts the server's requests from now on.
   *
   * @param isMeant whether somebody waits for the answer: not of one that goes on and on
   */
  watch(server: Server, isMeant: (request: IncomingMessage) => boolean = () => true): void {
    server.on('request', (request, response) => {
      if (!isMeant(request)) return
      this.#open += 1
      response.once('close', () => {
        this.#open -= 1
        this.#lastMs = performance.now()
      })
    })
  }

  /** Whether requests are being answered, or were until a moment ago. */
  get busy(): boolean {
    return this.#open > 0 || performance.now() - this.#lastMs < expectedMs
  }
}
