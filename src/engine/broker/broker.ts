/** The broker as the rest of the engine sees it: verbs of the queue, no Redis. Times are Unix milliseconds of the broker's clock. */

import type { CanvasMessage, Following, NewChord } from '../canvas/following.ts'
import type { QueueBinding } from '../queues.ts'

/** A message taken from a queue under this process's lease. */
export interface Claim {
  /** Names the claim within this start of this process. */
  readonly id: number
  /** The queue it came from. */
  readonly queue: string
  /** The element as it was on the list, byte for byte. */
  readonly raw: Uint8Array
}

/** What a claim call took. */
export interface Claimed {
  readonly claims: readonly Claim[]
  /** The queue that they came from; null: there were none. */
  readonly queue: string | null
  /** How often anything was revoked so far. */
  readonly revocations: number
}

/** Room in a worker of this process for messages that are about to be sent. */
export interface Reservation {
  /** They are claimed, all of them or fewer. */
  take(claimed: Claimed): void
  /** They are not. */
  release(): void
}

/** Where a message goes that will not be run (again) as it is. */
export type AsideKind = 'dead' | 'unknown' | 'unreadable'

/** What is noted beside a message that is set aside. */
export interface AsideNote {
  readonly kind: AsideKind
  readonly reason: string
  readonly taskId: string | null
  readonly taskName: string | null
  /** Class of the last error, and its stack. */
  readonly error?: string
  readonly stack?: string | null
  /** Durable retries that it has had. */
  readonly retries?: number
  /** A .cpuprofile of the thread at the soft time limit, JSON. */
  readonly cpuProfile?: string | null
  /** The message itself must be gone after this; its note stays. */
  readonly keepUntil?: number
}

/** Everything that happens in the step that ends a claim. */
export interface Settlement {
  /** What follows the end of the task: sent, stored and counted, each once. */
  readonly follow?: Following
  /** Result to store, where the result backend shares the broker's database. */
  readonly result?: StoredResult
  /** Keeps the message apart instead of dropping it. */
  readonly aside?: AsideNote
  /** Puts the message on the schedule: as it is, or with a new text. */
  readonly schedule?: {
    readonly due: number
    readonly text?: string
    /** It goes behind all others then; else it is served next. */
    readonly behind?: boolean
    /** It has run, and will be run again: it counts as such for whoever looks. */
    readonly isRetry?: boolean
  }
  /** Puts the message back on its list, behind all others: as it is, or with a new text. */
  readonly requeue?: boolean | { readonly text: string }
  /** Has the message wait for its task's rate limit, behind those that wait already. */
  readonly park?: Parked
  /** Puts the message back on its list, to be served next: it has not begun. */
  readonly handBack?: boolean
  /** The task whose mark of having been started goes with the claim. */
  readonly startedId?: string
}

/** A message that waits for a rate limit. */
export interface Parked {
  readonly task: string
  /** Which of the task's limits it is. */
  readonly key: string
  /** The message as it is when it may start. */
  readonly text: string
  /** When it need not start any more, Unix milliseconds; null: never. */
  readonly expires: number | null
  readonly taskId: string
}

/** A result as it is written: a key with a life, announced on a channel of the key's name. */
export interface StoredResult {
  readonly key: string
  readonly json: string
  readonly ttlSeconds: number
}

/** One message to put on a queue. */
export interface Outgoing {
  readonly queue: string
  readonly taskId: string
  readonly message: string
  /** 0 to 9; 0 is served first. */
  readonly priority: number
  /** Not to be run before this. */
  readonly due?: number
  /** A second message with this key, while it lives, is not sent: the first one's id is returned. */
  readonly once?: { readonly key: string; readonly ttlSeconds: number }
}

/** The way onto the queue. */
export interface Sender {
  /** The broker's clock, as far as it is known here: to a few milliseconds after the first answer. */
  now(): number
  /**
   * Puts a message on its queue; resolves when the broker has it, with the id of the task that is there.
   *
   * @throws EngineError BROKER_UNAVAILABLE, QueueFullError
   */
  enqueue(outgoing: Outgoing): Promise<string>
  /**
   * Puts several on their queues, all of them or none; resolves when the broker has them.
   *
   * @throws EngineError BROKER_UNAVAILABLE, QueueFullError
   */
  enqueueAll(messages: readonly CanvasMessage[]): Promise<void>
}

/** Chords, where results are kept. */
export interface ChordStore {
  /** Makes chords known before their members are sent. */
  open(chords: readonly NewChord[]): Promise<void>
  /**
   * Writes what follows the end of a task, with its result, where the result backend is not the broker. May be repeated.
   *
   * @returns what the broker is to send
   */
  follow(following: Following, result: StoredResult | undefined): Promise<readonly CanvasMessage[]>
}

/** The queue's transport, for a worker. */
export interface Broker {
  /** The broker's clock, as far as it is known here. */
  now(): number
  /** Announces the queues in the way that Celery's clients look for, and finds out what the server can do. */
  prepare(): Promise<void>
  /**
   * Announces one more queue, of which tasks are to be taken from now on.
   *
   * @throws EngineError OPTION_INVALID where its keys hold something else: nothing could be taken from any queue then
   */
  addQueue(binding: QueueBinding): Promise<void>
  /**
   * Takes messages from one queue, the next that has any, under this process's lease.
   *
   * @param limits how many may be taken from a queue, 0 or more
   * @param bytes how many in all; the message that crosses this is still taken
   */
  claim(limits: (queue: string) => number, bytes: number): Promise<Claimed>
  /** Ends a claim. `false`: the claim was no longer ours, and nothing was written. */
  settle(claim: Claim, settlement: Settlement): Promise<boolean>
  /**
   * Notes that a task whose side effects must not be repeated is about to start.
   *
   * @returns `false`: it was started before, and nobody knows what became of that
   */
  markStarted(claim: Claim, taskId: string): Promise<boolean>
  /** Takes that back: it did not start after all. */
  unmarkStarted(taskId: string): Promise<void>
  /**
   * Puts back claims of this start that it does not know of: the answer to a claim was lost on its way.
   *
   * @returns how many
   */
  returnLost(): Promise<number>
  /** Puts all claims of this start back on their queues, in their order; returns how many. */
  handBack(): Promise<number>
  /** How many messages wait on each queue that is served here, those on the schedule not counted. */
  backlog(): Promise<ReadonlyMap<string, number>>
  /** Resolves when a message may be waiting on a queue, or after a second. */
  waitForMessage(queue: string): Promise<void>
}

/** A message that is due later. */
export interface ScheduledMessage {
  readonly queue: string
  /** When, Unix milliseconds of the broker's clock. */
  readonly due: number
  readonly raw: Uint8Array
}

/** What a look at the schedule has found. */
export interface Promoted {
  readonly moved: number
  /** How long it is until the next one is due, in milliseconds; null: there is none. */
  readonly nextInMs: number | null
  readonly revocations: number
  /** Whether any message waits for a rate limit. */
  readonly limited: boolean
  /** The queues that no tasks are to be taken from. */
  readonly paused: readonly string[]
}

/** Messages that are due later. */
export interface Schedule {
  /** Moves what is due to its lists. */
  promote(): Promise<Promoted>
  /**
   * What is due next of the queues that are served here, whichever process takes it then: so many at most, and so many bytes.
   * Very large messages are left out.
   */
  upcoming(most: number, bytes: number): Promise<ScheduledMessage[]>
}

/** Tasks that must not run. */
export interface RevocationStore {
  /** @param terminate end them, if they are running */
  revoke(taskIds: readonly string[], terminate: boolean): Promise<void>
  /** What was revoked since a time, and the time of the newest. */
  since(time: number): Promise<{ revoked: string[]; terminated: string[]; newest: number }>
}

/** Messages of processes that are gone, and the bounds of what is kept: what the maintainer looks after. */
export interface Upkeep {
  /** Restores what dead Celery workers had claimed. */
  restoreUnacked(): Promise<{ restored: number; unreadable: number }>
  /** Puts parked messages back whose task is known here; returns how many. */
  releaseKnown(): Promise<number>
  /** Drops set-aside messages that are too old. */
  trim(): Promise<void>
}

/** The channel over which all nodes on the broker can be asked and told things. */
export interface ControlChannel {
  /**
   * Has `onRequest` called with each request, whoever is meant by it. Resolves when it listens, or was closed; tries for as
   * long as that takes.
   */
  listen(node: string, onRequest: (raw: Uint8Array) => void): Promise<void>
  /** @param replyTo names whoever asked */
  reply(replyTo: string, text: string): Promise<void>
  /** Listens no more. Never fails. */
  close(): Promise<void>
}

/** Where events are published, for whoever listens at the time. */
export interface EventChannel {
  /**
   * @param routingKey for example `worker.heartbeat`
   * @throws what the broker's client throws: nobody got it
   */
  publish(routingKey: string, text: string): Promise<void>
}

/** This process among the others on the broker. */
export interface Membership {
  /** Takes a name and a lease; returns the name, which may have a number behind it when another process has it. */
  join(): Promise<string>
  /** Renews the lease. */
  refresh(): Promise<void>
  /** Puts back what processes that are gone had claimed; returns how many messages. */
  recover(): Promise<number>
  /** Gives name and lease up. */
  leave(): Promise<void>
}
