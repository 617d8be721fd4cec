/**
 * The server's clock, kept beside this machine's: every script that is run anyway tells the time, and only the difference is
 * remembered. So no two machines' clocks are compared, and a step of ours does not matter for longer than until the next answer.
 */
export class RedisClock {
  #ahead = 0

  /** The server's time, Unix milliseconds. This machine's own before the first answer. */
  now(): number {
    return Date.now() + this.#ahead
  }

  /**
   * Notes an answer's time. It lies between the question and now; the later end is assumed, so that nothing counts as due
   * before it is.
   */
  observe(serverMs: number): void {
    this.#ahead = serverMs - Date.now()
  }
}
