import type { Broker, Membership } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** What a maintainer works with. */
export interface MaintainerOptions {
  readonly membership: Pick<Membership, 'refresh' | 'recover'>
  readonly broker: Pick<Broker, 'returnLost'>
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
 * those whose lease has lapsed, and claims of our own whose answer was lost.
 */
export class Maintainer {
  readonly #options: MaintainerOptions
  #timer: NodeJS.Timeout | null = null

  constructor(options: MaintainerOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.turn(), this.#options.leaseMs / 3)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** One round now: also when the broker is back after it was away. Never rejects. */
  async turn(): Promise<void> {
    const { membership, logger } = this.#options
    try {
      await membership.refresh()
      await this.recover()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the lease could not be renewed')
    }
  }

  /** Puts back what nobody works on any more. */
  async recover(): Promise<void> {
    const { membership, broker, logger, onRecovered } = this.#options
    const count = await membership.recover()
    if (count > 0) logger.warn({ count }, 'took back messages of a process that is gone')
    const lost = await broker.returnLost()
    if (lost > 0) logger.warn({ count: lost }, 'took back messages whose claim was not answered')
    if (count + lost > 0) onRecovered()
  }
}
