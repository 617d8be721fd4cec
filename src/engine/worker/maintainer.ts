import type { Membership } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** What a maintainer works with. */
export interface MaintainerOptions {
  readonly membership: Pick<Membership, 'refresh' | 'recover'>
  /** Length of the lease, in milliseconds. */
  readonly leaseMs: number
  /** Told when messages were put back on the queue. */
  readonly onRecovered: () => void
  readonly logger: Logger
}

/**
 * Keeps the lease and looks after the claims of processes that are gone.
 *
 * Every third of the lease, on the main thread (user code can not hold it up): renew our lease; put back the claims of
 * those whose lease has lapsed.
 */
export class Maintainer {
  readonly #options: MaintainerOptions
  #timer: NodeJS.Timeout | null = null

  constructor(options: MaintainerOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.#turn(), this.#options.leaseMs / 3)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  async #turn(): Promise<void> {
    const { membership, logger } = this.#options
    try {
      await membership.refresh()
      await this.recover()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the lease could not be renewed')
    }
  }

  /** Puts back the claims of processes that are gone. */
  async recover(): Promise<void> {
    const count = await this.#options.membership.recover()
    if (count === 0) return
    this.#options.logger.warn({ count }, 'took back messages of a process that is gone')
    this.#options.onRecovered()
  }
}
