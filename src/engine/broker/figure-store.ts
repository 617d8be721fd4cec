import type { ReadEvent } from '../event-message.ts'
import type { KeptState } from './beat-states.ts'

/** What there is on one queue. */
export interface QueueFigures {
  readonly name: string
  /** Messages on its lists, by kombu's priority steps in their order. */
  readonly byPriority: readonly number[]
  /** Milliseconds; null: there is none on its lists that says when it was sent. */
  readonly oldestAge: number | null
  readonly scheduled: number
  /** Those of the scheduled ones that will be run again. */
  readonly retrying: number
  /** Messages that wait for a rate limit. */
  readonly limited: number
  /** Messages that are set aside. */
  readonly dead: number
  readonly unknown: number
  readonly unreadable: number
}

/** A start of a Lovage process that may hold claims. */
export interface NodeLease {
  readonly node: string
  readonly epoch: string
  /** Whether its lease holds. */
  readonly alive: boolean
}

/** What the broker tells whoever looks at it. Nothing is changed. */
export interface FigureStore {
  /** The broker's clock, as far as it is known here. */
  now(): number
  /** The queues that something is set aside from. */
  asideQueues(): Promise<string[]>
  /** @returns with the broker's time, Unix milliseconds */
  queues(names: readonly string[]): Promise<{ now: number; queues: QueueFigures[] }>
  leases(): Promise<NodeLease[]>
  /** Where periodic tasks stand; null: no scheduler has looked at one yet. */
  beats(names: readonly string[]): Promise<(KeptState | null)[]>
  /** Has `onEvent` called with what workers tell, until `close` is called. What can't be read is passed over. */
  listen(onEvent: (event: ReadEvent) => void): Promise<{ close(): void }>
}
