/** The broker as the rest of the engine sees it: verbs of the queue, no Redis. */

/** A message taken from a queue under this process's lease. */
export interface Claim {
  /** Names the claim within this start of this process. */
  readonly id: number
  /** The queue it came from. */
  readonly queue: string
  /** The element as it was on the list, byte for byte. */
  readonly raw: Uint8Array
}

/** Where a message goes that will not be run (again) as it is. */
export type AsideKind = 'dead' | 'unknown' | 'unreadable'

/** What is noted beside a message that is set aside. */
export interface AsideNote {
  readonly kind: AsideKind
  readonly reason: string
  readonly taskId: string | null
  readonly taskName: string | null
  /** Unix milliseconds after which the message itself must be gone; its note stays. */
  readonly keepUntil?: number
}

/** Everything that happens in the step that ends a claim. */
export interface Settlement {
  /** Result to store, where the result backend shares the broker's database. */
  readonly result?: StoredResult
  /** Keeps the message apart instead of dropping it. */
  readonly aside?: AsideNote
}

/** A result as it is written: a key with a life, announced on a channel of the key's name. */
export interface StoredResult {
  readonly key: string
  readonly json: string
  readonly ttlSeconds: number
}

/** The queue's transport. */
export interface Broker {
  /** Announces the queues in the way that Celery's clients look for. */
  declareQueues(): Promise<void>
  /** Puts a message on a queue; resolves when the broker has it. */
  enqueue(queue: string, message: string): Promise<void>
  /** Takes up to `limit` messages under this process's lease. */
  claim(limit: number): Promise<Claim[]>
  /** Ends a claim. `false`: the claim was no longer ours, and nothing was written. */
  settle(claim: Claim, settlement: Settlement): Promise<boolean>
  /**
   * Puts back claims of this start that it does not know of: the answer to a claim was lost on its way.
   *
   * @returns how many
   */
  returnLost(): Promise<number>
  /** Puts all claims of this start back on their queues, in their order; returns how many. */
  handBack(): Promise<number>
  /** Resolves when a message may be waiting, or after a second. */
  waitForMessage(): Promise<void>
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
