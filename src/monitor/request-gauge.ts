import type { Server } from 'node:http'

/** For so long after a request the next one is expected, in milliseconds. */
const expectedMs = 20

/** Knows whether a server has requests to answer, or is about to. */
export class RequestGauge {
  #open = 0
  #lastMs = -Infinity

  /** Counts the server's requests from now on. */
  watch(server: Server): void {
    server.on('request', (_request, response) => {
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
