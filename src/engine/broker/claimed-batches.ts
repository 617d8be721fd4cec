import type { Claim } from './broker.ts'

/** Most messages of a batch: claims are numbered so that no two of a start have one number. */
export const maxBatch = 1_024

/**
 * The batches of claims of one start of this process: which there are on the broker, as far as it was told here.
 *
 * 1. begin: a number for the batch that a call may make. It is used up whatever becomes of the call: one that was
 *    carried out although its answer was lost must not find its claims overwritten by the next.
 * 2. add, with its messages, or end: the answer has come, or never will.
 * 3. settled: one of its messages has ended. With the last one the batch is gone.
 */
export class ClaimedBatches {
  /** How many messages of a batch have not ended. */
  readonly #left = new Map<number, number>()
  /** Batches whose calls are on their way. */
  readonly #open = new Set<number>()
  #begun = 0

  begin(): number {
    this.#begun += 1
    this.#open.add(this.#begun)
    return this.#begun
  }

  /** Its call has found nothing, or has failed. */
  end(batch: number): void {
    this.#open.delete(batch)
  }

  /** The claims of a batch, in the order of their messages. */
  add(batch: number, queue: string, messages: readonly Uint8Array[]): Claim[] {
    this.#open.delete(batch)
    this.#left.set(batch, messages.length)
    return messages.map((raw, place) => ({ id: batch * maxBatch + place, queue, raw }))
  }

  /** Whether it is known here, or may be yet. */
  has(batch: number): boolean {
    return this.#left.has(batch) || this.#open.has(batch)
  }

  /** Whether so many more ends would be the end of the batch. */
  endsWith(batch: number, count: number): boolean {
    return this.#left.get(batch) === count
  }

  /** So many of its messages have ended; `false` where the batch is not over with that. */
  settled(batch: number, count: number): boolean {
    const left = (this.#left.get(batch) ?? 0) - count
    if (left > 0) this.#left.set(batch, left)
    else this.#left.delete(batch)
    return left <= 0
  }

  /** Somebody else has them. */
  lose(batch: number): void {
    this.#left.delete(batch)
  }
}

/** The number of a claim's batch. */
export function batchOf(claim: Claim): number {
  return Math.floor(claim.id / maxBatch)
}

/** A claim's place in its batch, from 0. */
export function placeOf(claim: Claim): number {
  return claim.id % maxBatch
}
