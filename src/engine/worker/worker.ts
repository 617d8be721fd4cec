import { setTimeout as delay } from 'node:timers/promises'
import type { Reservation } from '../broker/broker.ts'
import { messageOf } from '../errors.ts'
import type { PoolKind } from '../pool/pool.ts'
import type { Json } from '../wire-value.ts'
import type { Activity } from './activity.ts'
import { Autoscaler } from './autoscaler.ts'
import { BrokerHealth } from './broker-health.ts'
import type { ControlledNode } from './controlled-node.ts'
import { Dispatcher } from './dispatcher.ts'
import { Executor, type InHand } from './executor.ts'
import { ForOthers } from './for-others.ts'
import { FollowUps } from './follow-ups.ts'
import { Maintainer } from './maintainer.ts'
import { NodeControls } from './node-controls.ts'
import { PausedQueues } from './paused-queues.ts'
import { PoolSize } from './pool-size.ts'
import { Promoter } from './promoter.ts'
import { RateLimits } from './rate-limits.ts'
import { RateMeter } from './rate-meter.ts'
import { Reach } from './reach.ts'
import { Revocations } from './revocations.ts'
import { RunTally, type TallySnapshot } from './run-tally.ts'
import { Settler } from './settler.ts'
import { Slots } from './slots.ts'
import { noRecords } from './task-recorder.ts'
import type { WorkerOptions } from './worker-options.ts'

/** How long a stop waits for what has finished to be settled, in milliseconds. */
const settleGraceMs = 2_000

/**
 * A worker: takes tasks from the queue and runs them in its pools.
 *
 * 1. start: take a name and a lease, take back what an earlier start of this node left; claim as soon as threads are ready.
 * 2. quiet: no new claims; what runs goes on.
 * 3. stop: quiet, wait for what runs, end the pools, hand the rest back to the queue, give the lease up.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #rate = new RateMeter()
  readonly #tally = new RunTally()
  readonly #paused = new PausedQueues()
  readonly #health: BrokerHealth
  readonly #slots: Slots
  readonly #reach: Reach
  readonly #settler: Settler
  readonly #forOthers: ForOthers | null
  readonly #revocations: Revocations
  readonly #executor: Executor
  readonly #dispatcher: Dispatcher
  readonly #rateLimits: RateLimits
  readonly #promoter: Promoter
  readonly #maintainer: Maintainer
  readonly #size: PoolSize
  readonly #autoscaler: Autoscaler | null
  #node = ''
  #controls: NodeControls | null = null

  /** @throws EngineError OPTION_INVALID for a task whose `onUncertain` does not say what it should */
  constructor(options: WorkerOptions) {
    this.#options = options
    const { broker, queues, schedule, membership, upkeep, pools, limits, logger } = options
    const health = new BrokerHealth({ onBack: () => void this.#maintainer.turn(), logger })
    this.#health = health
    this.#slots = new Slots(new Map(pools.map((pool) => [pool.kind, pool.concurrency])), limits.maxPerSlot)
    this.#reach = new Reach(options.inHurry)
    this.#settler = new Settler({ ...options, onSettled: () => this.#rate.count() })
    this.#forOthers = options.parkUnknown ? null : new ForOthers({ broker, settler: this.#settler, logger })
    this.#revocations = new Revocations({
      store: options.revocations,
      health,
      max: limits.maxRevoked,
      onTerminate: (id) => this.#executor.terminate(id),
    })
    this.#executor = new Executor({
      ...options,
      pools: new Map(pools.map((pool) => [pool.kind, pool])),
      slots: this.#slots,
      reach: this.#reach,
      settler: this.#settler,
      forOthers: this.#forOthers,
      followUps: new FollowUps({
        ...options,
        defaultQueue: queues.names[0] ?? 'celery',
        traced: (options.tracer ?? null) !== null,
      }),
      onFree: () => this.#dispatcher.slotFreed(),
      records: options.records ?? noRecords,
      tally: this.#tally,
      rates: { pass: (...asked) => this.#rateLimits.pass(...asked) },
      revocations: this.#revocations,
      limits,
    })
    this.#rateLimits = new RateLimits({
      store: options.rates,
      broker,
      settler: this.#settler,
      known: this.#executor.known,
      paused: this.#paused,
      logger,
    })
    const onRevocations = (count: number): Promise<void> | null => this.#revocations.upTo(count)
    this.#dispatcher = new Dispatcher({
      broker,
      queues,
      paused: this.#paused,
      limit: (queue, unstarted) => this.#reach.limit(queue, this.#slots.room(unstarted)),
      maxBytes: limits.maxBytes,
      execute: (claim, ended) => this.#executor.execute(claim, ended),
      onExecuted: () => pools.forEach((pool) => pool.flush()),
      onRevocations,
      health,
    })
    const [pool] = pools
    if (pool === undefined) throw new Error('a worker without a pool')
    const parts = { slots: this.#slots, reach: this.#reach, dispatcher: this.#dispatcher }
    this.#size = new PoolSize({ pool, ...parts })
    const { autoscale: scale } = options
    this.#autoscaler =
      scale === null
        ? null
        : new Autoscaler({ ...options, ...parts, paused: this.#paused, scale, pool, size: this.#size })
    const wake = (): void => this.#dispatcher.notify()
    this.#promoter = new Promoter({
      schedule,
      limits: this.#rateLimits,
      health,
      onPromoted: wake,
      onPaused: (names) => this.#pause(names),
      onRevocations,
    })
    this.#maintainer = new Maintainer({
      membership,
      broker,
      upkeep,
      leaseMs: limits.leaseMs,
      onRecovered: wake,
      health,
      logger,
    })
  }

  /** The name that the worker got; empty before it has started. */
  get node(): string {
    return this.#node
  }

  /** Whether it looks after what is due later on its queues. */
  get promotes(): boolean {
    return this.#promoter.runs
  }

  get activity(): Activity {
    const { running, full, stuck, lastPoll } = this.#dispatcher
    const { lastAnswer } = this.#health
    return {
      running,
      full,
      stuck,
      lastPoll,
      lastAnswer,
      perSecond: this.#rate.perSecond,
      lostClaims: this.#settler.lost,
      leftForOthers: this.#forOthers?.count ?? 0,
    }
  }

  /** How much room each pool has, and how much of it is taken. Short tasks take a part of a slot. */
  get slotsOfPools(): { readonly pool: PoolKind; readonly size: number; readonly taken: number }[] {
    const { pools } = this.#options
    return pools.map(({ kind, concurrency }) => ({ pool: kind, size: concurrency, taken: this.#slots.taken(kind) }))
  }

  /** What has become of all that it took, since the process began. */
  get tally(): TallySnapshot {
    return this.#tally.snapshot()
  }

  /** What it has claimed and not ended, as far as it can be run. */
  get inHand(): InHand[] {
    return this.#executor.inHand
  }

  /** How many tasks may run at once. */
  get slots(): number {
    return this.#slots.size
  }

  /** What this process may be told to do; null before it has started. */
  get controls(): ControlledNode | null {
    return this.#controls
  }

  async start(): Promise<void> {
    const { broker, membership, events, records } = this.#options
    this.#node = await membership.join()
    await broker.prepare()
    await this.#maintainer.turn()
    this.#maintainer.start()
    this.#promoter.start()
    events.start(this.#node, () => this.#executor.counts)
    records?.start(this.#node, () => this.#executor.running)
    void this.#takeTasks()
    this.#autoscaler?.start()
    this.#controls = this.#makeControls()
    this.#options.control.start(this.#controls)
  }

  /** What can't be run yet stays where others may take it. */
  async #takeTasks(): Promise<void> {
    await Promise.all([...this.#options.pools.map((pool) => pool.start()), this.#paused.known])
    this.#rateLimits.open()
    this.#dispatcher.start()
  }

  #pause(names: readonly string[]): void {
    if (!this.#paused.update(names)) return
    this.#dispatcher.slotFreed()
    this.#dispatcher.notify()
  }

  #makeControls(): NodeControls {
    return new NodeControls({
      ...this.#options,
      node: this.#node,
      store: this.#options.revocations,
      revocations: this.#revocations,
      slots: this.#slots,
      size: this.#size,
      autoscaler: this.#autoscaler,
      executor: this.#executor,
      dispatcher: this.#dispatcher,
    })
  }

  /** A message was just put on the queue by this process. */
  notify(): void {
    this.#dispatcher.notify()
  }

  /** Resolves when it takes no more from queues that are paused by now, and again from those that are so no more; at once where it does not run. */
  noticePauses(): Promise<void> {
    return this.#promoter.look()
  }

  /** Keeps room for messages that this process is about to send; null: there is none. */
  reserve(queue: string, count: number, bytes: number): Reservation | null {
    return this.#dispatcher.reserve(queue, count, bytes)
  }

  /** What a running task says of itself; the pools are made with this. */
  report(key: number, state: string, meta: Json): void {
    this.#executor.report(key, state, meta)
  }

  /** No new claims. */
  quiet(): Promise<void> {
    this.#rateLimits.close()
    return this.#dispatcher.quiet()
  }

  /**
   * Ends the worker.
   *
   * @param deadline when it resolves, running tasks have had their time
   * @returns how many messages were handed back to the queue
   */
  async stop(deadline: Promise<unknown>): Promise<number> {
    const { broker, membership, control, events, records, pools, logger } = this.#options
    await this.quiet()
    this.#autoscaler?.stop()
    // Those that wait for a slot, or to hear whether they were revoked, have not begun: they are for others.
    this.#slots.close()
    this.#revocations.stop()
    const ended = await Promise.race([this.#dispatcher.drained().then(() => true), deadline.then(() => false)])
    this.#maintainer.stop()
    if (!ended) logger.warn({ running: this.#dispatcher.running }, 'tasks still running are handed back')
    // Nothing may run here that another takes up; and what has finished is settled before the rest is handed back.
    // A native call that does not return must not hold the process up: its thread ends with it.
    const poolsEnded = Promise.all(pools.map((pool) => pool.destroy()))
    await Promise.race([poolsEnded, delay(settleGraceMs, null, { ref: false })])
    await Promise.race([this.#dispatcher.drained(), delay(settleGraceMs, null, { ref: false })])
    await this.#settler.abandon()
    this.#forOthers?.close()
    await this.#promoter.stop()
    try {
      const [handedBack] = await Promise.all([broker.handBack(), control.stop(), events.stop(), records?.stop()])
      await membership.leave()
      return handedBack
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the broker is away: the next start takes back what this one held')
      return 0
    }
  }
}
