import type { ScheduledMessage } from '../broker/broker.ts'
import type { LamportClock } from '../lamport-clock.ts'
import type { NodeFacts } from '../node-facts.ts'
import type { Pool } from '../pool/pool.ts'
import type { ReadRate } from '../rate-limit.ts'
import type { QueueBinding, Queues } from '../queues.ts'
import type { Json } from '../wire-value.ts'
import type { Autoscaler } from './autoscaler.ts'
import type { InHand } from './executor.ts'
import type { KnownTask } from './work.ts'
import type { WorkerEvents } from './worker-events.ts'

/** What a command of remote control may look at and do. */
export interface ControlledNode {
  /** The node's name. */
  readonly node: string
  readonly clock: LamportClock
  readonly facts: NodeFacts
  /** For how long it has been running, in seconds. */
  readonly uptime: number
  /** Every task that it knows, by its name. Their limits may be changed. */
  readonly tasks: ReadonlyMap<string, KnownTask>
  /** What it has claimed and not ended. */
  readonly inHand: readonly InHand[]
  /** How many messages it may have claimed of tasks that take long. */
  readonly slots: number
  /** The queues that it takes tasks from. */
  readonly queues: Pick<Queues, 'bindings'>
  /** Where tasks run; the first one is for tasks that name none. */
  readonly pools: readonly Pick<Pool, 'kind' | 'concurrency' | 'threadIds'>[]
  /** What fits the first pool to its load; null: it is not. */
  readonly autoscaler: Pick<Autoscaler, 'info' | 'update'> | null
  /** Ids of tasks that are revoked, the newest last. */
  readonly revoked: readonly string[]
  /** What is due next of its queues: so many at most, and so many bytes. */
  upcoming(most: number, bytes: number): Promise<ScheduledMessage[]>
  /** Tasks that have not started do not run, here or elsewhere. @param terminate ends them where they run */
  revoke(taskIds: readonly string[], terminate: boolean): Promise<void>
  /** How many messages of each task wait for its rate limit on the queues that it serves, whichever process runs them then. */
  limited(): Promise<ReadonlyMap<string, number>>
  /** Has a task start no more often: from now on here, or where its limit is global everywhere. */
  limitRate(known: KnownTask, rate: ReadRate): Promise<void>
  /**
   * Takes tasks from one more queue.
   *
   * @throws EngineError OPTION_INVALID for a name that can't be a queue's
   */
  addQueue(binding: QueueBinding): Promise<void>
  /** Takes no more tasks from a queue. What it has claimed from there is run. */
  removeQueue(name: string): void
  /**
   * Has so many more tasks run at once in the first pool, or fewer. What runs goes on.
   *
   * @throws EngineError OPTION_INVALID where that can't be
   */
  resizePool(by: number): void
  /**
   * Has new threads take the place of all there are; what runs goes on.
   *
   * @throws EngineError OPTION_INVALID where there are no threads
   */
  restartPools(): void
  /** What it tells of its own accord. */
  readonly events: Pick<WorkerEvents, 'enable' | 'disable' | 'beat'>
  /** Ends the process, as the first SIGTERM does. */
  shutDown(): void
}

/** What a command is given with the request. */
export type Given = Readonly<Record<string, unknown>>

/** What a command replies; undefined: nothing, and nobody is to wait for it. */
export type ControlReply = Json | undefined

/** Carries out one command. What it throws becomes the reply, as `{ error }`. */
export type ControlCommand = (given: Given, of: ControlledNode) => ControlReply | Promise<ControlReply>

/** A reply as Celery has it where a command does something. */
export function ok(value: Json): Json {
  return { ok: value }
}
