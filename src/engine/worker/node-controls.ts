import type { Broker, RevocationStore, Schedule, ScheduledMessage } from '../broker/broker.ts'
import type { RateStore } from '../broker/rate-store.ts'
import { EngineError } from '../errors.ts'
import type { LamportClock } from '../lamport-clock.ts'
import type { Logger } from '../logger.ts'
import type { NodeFacts } from '../node-facts.ts'
import type { Pool } from '../pool/pool.ts'
import type { ReadRate } from '../rate-limit.ts'
import { checkQueueName, type QueueBinding, type Queues } from '../queues.ts'
import type { ControlledNode } from './controlled-node.ts'
import type { Autoscaler } from './autoscaler.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Executor, InHand } from './executor.ts'
import { mostAtOnce, type PoolSize } from './pool-size.ts'
import type { Revocations } from './revocations.ts'
import type { Slots } from './slots.ts'
import type { KnownTask } from './work.ts'

/** The parts of a worker that remote control works on. */
export interface NodeControlsOptions {
  readonly node: string
  readonly clock: LamportClock
  readonly facts: NodeFacts
  readonly broker: Pick<Broker, 'addQueue'>
  readonly queues: Queues
  readonly schedule: Pick<Schedule, 'upcoming'>
  readonly store: Pick<RevocationStore, 'revoke'>
  readonly rates: Pick<RateStore, 'setRate' | 'waiting'>
  readonly revocations: Pick<Revocations, 'ids'>
  readonly pools: readonly Pool[]
  readonly slots: Pick<Slots, 'size'>
  /** Of the first pool. */
  readonly size: PoolSize
  readonly autoscaler: Autoscaler | null
  readonly executor: Pick<Executor, 'known' | 'inHand'>
  readonly events: ControlledNode['events']
  readonly dispatcher: Pick<Dispatcher, 'slotFreed' | 'notify'>
  readonly onShutDown: () => void
  readonly logger: Logger
}

/** A worker as remote control may see and change it. What it is told is logged. */
export class NodeControls implements ControlledNode {
  readonly #options: NodeControlsOptions
  readonly #startedAt = performance.now()

  constructor(options: NodeControlsOptions) {
    this.#options = options
  }

  get node(): string {
    return this.#options.node
  }

  get clock(): LamportClock {
    return this.#options.clock
  }

  get facts(): NodeFacts {
    return this.#options.facts
  }

  get uptime(): number {
    return (performance.now() - this.#startedAt) / 1000
  }

  get tasks(): ReadonlyMap<string, KnownTask> {
    return this.#options.executor.known
  }

  get inHand(): readonly InHand[] {
    return this.#options.executor.inHand
  }

  get slots(): number {
    return this.#options.slots.size
  }

  get queues(): Queues {
    return this.#options.queues
  }

  get pools(): readonly Pool[] {
    return this.#options.pools
  }

  get autoscaler(): ControlledNode['autoscaler'] {
    return this.#options.autoscaler
  }

  get revoked(): readonly string[] {
    return this.#options.revocations.ids
  }

  get events(): ControlledNode['events'] {
    return this.#options.events
  }

  upcoming(most: number, bytes: number): Promise<ScheduledMessage[]> {
    return this.#options.schedule.upcoming(most, bytes)
  }

  async revoke(taskIds: readonly string[], terminate: boolean): Promise<void> {
    const { store, logger } = this.#options
    await store.revoke(taskIds, terminate)
    logger.info({ count: taskIds.length, terminate }, 'tasks revoked by remote control')
  }

  limited(): Promise<ReadonlyMap<string, number>> {
    return this.#options.rates.waiting()
  }

  async limitRate(known: KnownTask, read: ReadRate): Promise<void> {
    const { rates, logger } = this.#options
    const { rate, task } = known
    if (rate?.scope === 'global') {
      await rates.setRate(task.name, read.intervalUs)
      // Of the limit itself Redis alone tells: where that is forgotten, or set anew by another node, it holds here as everywhere.
      known.rate = { ...rate, text: read.text }
    } else known.rate = { ...(rate ?? { burst: 1, scope: 'process', key: null }), ...read }
    logger.info({ task: task.name, rate: read.text }, 'a task has another rate limit, by remote control')
  }

  async addQueue(binding: QueueBinding): Promise<void> {
    const { broker, queues, dispatcher, logger } = this.#options
    checkQueueName(binding.name)
    await broker.addQueue(binding)
    queues.add(binding)
    dispatcher.slotFreed()
    dispatcher.notify()
    logger.info({ queue: binding.name }, 'tasks are taken from one more queue, by remote control')
  }

  removeQueue(name: string): void {
    const { queues, logger } = this.#options
    queues.remove(name)
    logger.info({ queue: name }, 'no more tasks are taken from a queue, by remote control')
  }

  resizePool(by: number): void {
    const { size, logger } = this.#options
    const concurrency = size.concurrency + by
    if (concurrency < 1 || concurrency > mostAtOnce) {
      const bounds = `expected the pool to run 1 to ${mostAtOnce} tasks at once`
      throw new EngineError(
        'OPTION_INVALID',
        `${bounds}, came ${size.concurrency} ${by < 0 ? '-' : '+'} ${Math.abs(by)}`,
      )
    }
    size.resize(concurrency)
    logger.info({ pool: this.#firstPool.kind, concurrency }, 'the pool has another size, by remote control')
  }

  restartPools(): void {
    const { pools, logger } = this.#options
    const restarted = pools.filter((pool) => pool.restart()).map(({ kind }) => kind)
    if (restarted.length === 0) {
      throw new EngineError('OPTION_INVALID', `the ${this.#firstPool.kind} pool has no threads to replace`)
    }
    logger.info({ pools: restarted }, 'new threads take the place of all there are, by remote control')
  }

  shutDown(): void {
    this.#options.logger.warn({}, 'told by remote control to stop')
    this.#options.onShutDown()
  }

  get #firstPool(): Pool {
    const [pool] = this.#options.pools
    if (pool === undefined) throw new Error('a worker without a pool')
    return pool
  }
}
