import type { Broker, Membership, Upkeep } from '../broker/broker.ts'
import type { Logger } from '../logger.ts'
import type { BrokerHealth } from './broker-health.ts'

/** What a maintainer works with. */
export interface MaintainerOptions {
  readonly membership: Pick<Membership, 'refresh' | 'recover'>
  readonly broker: Pick<Broker, 'returnLost'>
  readonly upkeep: Upkeep
  /** Length of the lease, in milliseconds. */
  readonly leaseMs: number
  /** Told when messages may have been put back on the queue. */
  readonly onRecovered: () => void
  readonly health: Pick<BrokerHealth, 'failed'>
  readonly logger: Logger
}

/**
 * Keeps the lease and looks after what nobody works on any more.
 *
 * Every third of the lease, on the main thread (user code can not hold it up): renew our lease; put back the claims of
 * those whose lease has lapsed, claims of our own whose answer was lost, what dead Celery workers had claimed, and parked
 * messages whose task is known by now; drop set-aside messages that are too old.
 */
export class Maintainer {
  readonly #options: MaintainerOptions
  #timer: NodeJS.Timeout | null = null
  #turning: Promise<void> | null = null

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

  /**
   * One round now: at the start, and when the broker is back after it was away. One step that fails does not keep the others
   * from being done. Never rejects.
   */
  turn(): Promise<void> {
    // Steps that hang while the broker is silent must not pile up.
    this.#turning ??= this.#steps().finally(() => (this.#turning = null))
    return this.#turning
  }

  async #steps(): Promise<void> {
    const { membership, upkeep, onRecovered, health } = this.#options
    const steps = {
      'renewing the lease': () => membership.refresh(),
      'taking back claims of others': () => this.#takeBack(),
      'taking back lost claims': () => this.#returnLost(),
      'restoring claims of Celery workers': () => this.#restoreUnacked(),
      'releasing parked messages': () => this.#releaseKnown(),
      'dropping old messages': () => upkeep.trim(),
    }
    for (const [name, step] of Object.entries(steps)) {
      try {
        await step()
      } catch (error) {
        health.failed(name, error)
      }
    }
    onRecovered()
  }

  async #takeBack(): Promise<void> {
    const count = await this.#options.membership.recover()
    if (count > 0) this.#options.logger.warn({ count }, 'took back messages of a process that is gone')
  }

  async #returnLost(): Promise<void> {
    const count = await this.#options.broker.returnLost()
    if (count > 0) this.#options.logger.warn({ count }, 'took back messages whose claim was not answered')
  }

  async #restoreUnacked(): Promise<void> {
    const found = await this.#options.upkeep.restoreUnacked()
    if (found.restored + found.unreadable === 0) return
    this.#options.logger.warn(found, 'took back messages of a Celery worker that is gone')
  }

  async #releaseKnown(): Promise<void> {
    const count = await this.#options.upkeep.releaseKnown()
    if (count > 0) this.#options.logger.info({ count }, 'parked messages are run: their task is known now')
  }
}
