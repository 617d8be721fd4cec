import type { Queues } from '../queues.ts'
import type { AsideKind, Upkeep } from './broker.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Unacked } from './unacked.ts'

/** What it looks after. */
export interface RedisUpkeepOptions {
  readonly unacked: Unacked
  readonly deadLetters: DeadLetters
  /** Names of the tasks that this process knows. */
  readonly known: ReadonlySet<string>
  readonly queues: Pick<Queues, 'names'>
  /** Bounds of each set of messages that are set aside. */
  readonly asideLimits: { readonly max: number; readonly days: number }
  /** Told how many set-aside messages had to go for the bounds. */
  readonly onDropped: (kind: AsideKind, count: number) => void
}

/** Looks after what is kept on Redis beside the queue. */
export class RedisUpkeep implements Upkeep {
  readonly #options: RedisUpkeepOptions

  constructor(options: RedisUpkeepOptions) {
    this.#options = options
  }

  restoreUnacked(): Promise<{ restored: number; unreadable: number }> {
    return this.#options.unacked.sweep()
  }

  releaseKnown(): Promise<number> {
    const { deadLetters, known, queues } = this.#options
    return deadLetters.releaseKnown(known, queues.names)
  }

  async trim(): Promise<void> {
    const { deadLetters, asideLimits, onDropped } = this.#options
    const dropped = await deadLetters.trim(asideLimits.max, asideLimits.days)
    for (const [kind, count] of Object.entries(dropped) as [AsideKind, number][]) if (count > 0) onDropped(kind, count)
  }
}
