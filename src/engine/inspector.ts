import type { Entry } from './beat/read-entries.ts'
import { tickFigures, type TickFigures } from './beat/tick-figures.ts'
import type { FigureStore, NodeLease, QueueFigures } from './broker/figure-store.ts'
import { nodeFigures, type NodeFigures } from './node-figures.ts'
import type { Pool, PoolKind } from './pool/pool.ts'
import type { Queues } from './queues.ts'
import { SeenNodes } from './seen-nodes.ts'
import type { TallySnapshot } from './worker/run-tally.ts'
import type { Worker } from './worker/worker.ts'

export type { Entry } from './beat/read-entries.ts'
export type { TickFigures } from './beat/tick-figures.ts'
export type { QueueFigures } from './broker/figure-store.ts'
export type { NodeFigures } from './node-figures.ts'
export type { TallySnapshot } from './worker/run-tally.ts'

/** No more queues are looked at, those that are served first. */
const mostQueues = 200

/** What it works with. */
export interface InspectorOptions {
  readonly store: FigureStore
  readonly worker: Pick<Worker, 'node' | 'activity' | 'inHand' | 'slots' | 'tally'>
  readonly queues: Pick<Queues, 'names'>
  readonly pools: readonly Pick<Pool, 'kind' | 'threadIds'>[]
  /** Unique per start of the process. */
  readonly epoch: string
}

/** A task that runs in this process. */
export interface RunningFigures {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly retries: number
  /** As Node counts threads; 0: the main one. */
  readonly thread: number
  /** When it was given to its thread, Unix milliseconds of the broker's clock. */
  readonly since: number
}

/** What there is on the broker at one moment. */
export interface Look {
  /** The broker's time, Unix milliseconds. */
  readonly now: number
  /** Those that this process serves first, in their order. */
  readonly queues: readonly (QueueFigures & { readonly served: boolean })[]
}

/**
 * Figures of the broker and of this process, for whoever looks: the monitor and commands. It changes nothing, and costs nothing
 * while nobody asks.
 */
export class Inspector {
  readonly #options: InspectorOptions
  #seen: SeenNodes | null = null
  #listening: Promise<{ close(): void }> | null = null

  constructor(options: InspectorOptions) {
    this.#options = options
  }

  /** This process's name among the others; empty before its worker has started. */
  get node(): string {
    return this.#options.worker.node
  }

  get epoch(): string {
    return this.#options.epoch
  }

  /** How many messages a second were worked off here lately. */
  get perSecond(): number {
    return this.#options.worker.activity.perSecond
  }

  /** How many tasks may run here at once. */
  get slots(): number {
    return this.#options.worker.slots
  }

  /** What has become of all that was taken here, since the process began. */
  get tally(): TallySnapshot {
    return this.#options.worker.tally
  }

  /** What runs here, the oldest first. */
  get running(): RunningFigures[] {
    const running = this.#options.worker.inHand.flatMap(({ work, thread }): RunningFigures[] => {
      if (thread === null) return []
      const { claim, message, begunAt } = work
      const { id, name, retries } = message
      return [{ id, name, retries, queue: claim.queue, thread, since: begunAt }]
    })
    return running.toSorted((one, other) => one.since - other.since)
  }

  /** The threads of this process that run tasks; of the solo pool the main one, 0. */
  get threads(): { readonly thread: number; readonly pool: PoolKind }[] {
    return this.#options.pools.flatMap(({ kind: pool, threadIds }) =>
      (pool === 'solo' ? [0] : [...threadIds]).map((thread) => ({ thread, pool })),
    )
  }

  /** The broker's clock, as far as it is known here: Unix milliseconds. */
  now(): number {
    return this.#options.store.now()
  }

  /** What there is on the queues that are served here, and on those that anything is set aside from. */
  async look(): Promise<Look> {
    const { store, queues } = this.#options
    const served = new Set(queues.names)
    const names = [...new Set([...served, ...(await store.asideQueues())])].slice(0, mostQueues)
    const found = await store.queues(names)
    return { now: found.now, queues: found.queues.map((queue) => ({ ...queue, served: served.has(queue.name) })) }
  }

  /** Where periodic tasks stand, whichever process sends them. */
  async ticks(entries: readonly Entry[]): Promise<TickFigures[]> {
    if (entries.length === 0) return []
    return tickFigures(entries, await this.#options.store.beats(entries.map(({ name }) => name)))
  }

  /** The processes on the broker; of what they tell of themselves, what has come since `watch`. */
  async nodes(): Promise<NodeFigures[]> {
    const leases: NodeLease[] = await this.#options.store.leases()
    return nodeFigures(this.#seen?.nodes ?? [], leases, Date.now())
  }

  /**
   * From now on it listens to what processes tell of themselves, Celery's, too.
   *
   * @throws where the broker can't be listened to
   */
  async watch(): Promise<void> {
    const seen = (this.#seen ??= new SeenNodes())
    this.#listening ??= this.#options.store.listen((event) => seen.add(event))
    const listening = this.#listening
    try {
      await listening
    } catch (error) {
      if (this.#listening === listening) this.#listening = null
      throw error
    }
  }

  /** It listens no more, and forgets what it has heard. */
  unwatch(): void {
    this.#listening?.then(
      (open) => open.close(),
      () => undefined,
    )
    this.#listening = null
    this.#seen = null
  }
}
