import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { errorText } from './errors.ts'
import type { Logger } from './logger.ts'
import { tryWrite } from './write-probe.ts'

/** How often a server that refused is asked to write again, in milliseconds. */
const writeTryMs = 500

/** Where an outage is logged: `warn` when it begins, `info` when it is over. */
export type OutageLogger = Pick<Logger, 'info' | 'warn'>

/**
 * Logs the outages of one server, whichever of its connections notices first.
 *
 * 1. A connection is lost, or the server refuses to work (read-only, out of memory, ...): one line, with the reason.
 * 2. A client that was refused tries a write now and then, until the server takes it.
 * 3. Every connection is there again and no client is refused any more: one line.
 *
 * A connection that is closed on purpose is not logged, and not waited for.
 */
export class OutageLog {
  readonly #fields: object
  readonly #loggerFor: (reason: string) => OutageLogger
  readonly #lost = new Set<Redis>()
  readonly #ready = new Set<Redis>()
  readonly #refused = new Set<Redis>()
  #current: { since: number; logger: OutageLogger } | null = null

  /**
   * @param fields what tells this server from others
   * @param loggerFor where an outage with this reason is logged
   */
  constructor(fields: object, loggerFor: (reason: string) => OutageLogger) {
    this.#fields = fields
    this.#loggerFor = loggerFor
  }

  /**
   * From now on this client's connection is one of the server's.
   *
   * @param failure holds why it is not connected
   */
  watch(client: Redis, failure: { readonly reason: string | null }): void {
    const lost = (): void => {
      this.#lost.add(client)
      this.#begin(client, failure.reason ?? 'closed by the server')
    }
    // While Sentinel finds no master there is no connection that could close.
    client.on('error', () => {
      if (client.status === 'connecting') lost()
    })
    client.on('close', () => {
      this.#ready.delete(client)
      if (client.status !== 'end') lost()
    })
    client.on('ready', () => {
      this.#ready.add(client)
      this.#lost.delete(client)
      this.#end()
    })
    client.on('end', () => {
      if (client.status !== 'end') return
      this.#lost.delete(client)
      this.#refused.delete(client)
      // It may be the one that the others, which are back, were waited with.
      if (this.#ready.size > 0) this.#end()
    })
  }

  /** The server refuses to work for this client. */
  refused(client: Redis, reason: string): void {
    if (this.#refused.has(client)) return
    this.#refused.add(client)
    this.#begin(client, reason)
    void this.#untilWritten(client)
  }

  async #untilWritten(client: Redis): Promise<void> {
    while (this.#refused.has(client)) {
      await sleep(writeTryMs, undefined, { ref: false })
      try {
        await tryWrite(client)
        this.#refused.delete(client)
      } catch (error) {
        // Whoever may not write at all is not told more by trying.
        if (errorText(error).startsWith('NOPERM')) this.#refused.delete(client)
      }
    }
    this.#end()
  }

  #begin(client: Redis, reason: string): void {
    if (this.#current !== null) return
    this.#current = { since: performance.now(), logger: this.#loggerFor(reason) }
    const fields = { ...this.#fields, connection: client.options.connectionName, reason }
    this.#current.logger.warn(fields, 'Redis is away; trying again')
  }

  #end(): void {
    if (this.#current === null || this.#lost.size + this.#refused.size > 0) return
    const { since, logger } = this.#current
    this.#current = null
    logger.info({ ...this.#fields, downMs: Math.round(performance.now() - since) }, 'Redis is back')
  }
}
