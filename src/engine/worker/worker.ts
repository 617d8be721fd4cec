import type { Broker, Membership } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Pool } from '../pool/pool.ts'
import type { ResultBackend } from '../results/results.ts'
import type { TaskDefinition } from '../task.ts'
import { Dispatcher } from './dispatcher.ts'
import { Executor } from './executor.ts'
import { Maintainer } from './maintainer.ts'

/** What a worker is made of. */
export interface WorkerOptions {
  readonly broker: Broker
  readonly membership: Membership
  readonly results: ResultBackend
  readonly pool: Pool
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** Length of the lease, in milliseconds. */
  readonly leaseMs: number
  readonly logger: Logger
}

/**
 * A worker: takes tasks from the queue and runs them in its pool.
 *
 * 1. start: take a name and a lease, take back what an earlier start of this node left, begin to claim.
 * 2. quiet: no new claims; what runs goes on.
 * 3. stop: quiet, wait for what runs, hand the rest back to the queue, end the pool, give the lease up.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #executor: Executor
  readonly #dispatcher: Dispatcher
  readonly #maintainer: Maintainer
  #node = ''

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#executor = new Executor(options)
    this.#dispatcher = new Dispatcher({
      broker: options.broker,
      concurrency: options.pool.concurrency,
      execute: (claim) => this.#executor.execute(claim),
      onBrokerBack: () => void this.#maintainer.turn(),
      logger: options.logger,
    })
    this.#maintainer = new Maintainer({
      membership: options.membership,
      broker: options.broker,
      leaseMs: options.leaseMs,
      onRecovered: () => this.#dispatcher.notify(),
      logger: options.logger,
    })
  }

  /** The name that the worker got; empty before it has started. */
  get node(): string {
    return this.#node
  }

  /** What it is doing: how many tasks run, whether all slots are taken, and when the broker last answered a claim. */
  get activity(): Pick<Dispatcher, 'running' | 'full' | 'lastPoll'> {
    return this.#dispatcher
  }

  async start(): Promise<void> {
    const { broker, membership, pool } = this.#options
    this.#node = await membership.join()
    await broker.declareQueues()
    await this.#maintainer.recover()
    await pool.start()
    this.#maintainer.start()
    this.#dispatcher.start()
  }

  /** A message was just put on the queue by this process. */
  notify(): void {
    this.#dispatcher.notify()
  }

  /** No new claims. */
  quiet(): Promise<void> {
    return this.#dispatcher.quiet()
  }

  /**
   * Ends the worker.
   *
   * @param deadline when it resolves, running tasks have had their time
   * @returns how many messages were handed back to the queue
   */
  async stop(deadline: Promise<unknown>): Promise<number> {
    const { broker, membership, pool, logger } = this.#options
    await this.#dispatcher.quiet()
    const ended = await Promise.race([this.#dispatcher.drained().then(() => true), deadline.then(() => false)])
    this.#executor.abandon()
    this.#maintainer.stop()
    if (!ended) logger.warn({ running: this.#dispatcher.running }, 'tasks still running are handed back')
    try {
      const handedBack = await broker.handBack()
      await membership.leave()
      return handedBack
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the broker is away: the next start takes back what this one held')
      return 0
    } finally {
      await pool.destroy()
    }
  }
}
