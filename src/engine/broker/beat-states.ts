import type { Redis } from 'ioredis'
import type { BrokerKeys } from './keys.ts'

/** What is kept of a periodic task, as beat-look.lua and beat-send.lua write it. Times are Unix milliseconds. */
export interface KeptState {
  /** The schedule's identity. */
  readonly schedule: string
  /** The last tick that was done with, or when it began. */
  readonly last: number
  /** When a tick was last sent; null: none has been. */
  readonly sentAt: number | null
  /** How many ticks were sent, and how many were not. */
  readonly sent: number
  readonly missed: number
}

/** Reads what is kept of periodic tasks; null: nothing is, no scheduler has looked at it yet. Changes nothing. */
export function readBeatStates(
  { redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys },
  names: readonly string[],
): Promise<(KeptState | null)[]> {
  return Promise.all(
    names.map(async (name) => {
      const { schedule, last, at, sent, missed } = await redis.hgetall(keys.beat(name))
      if (schedule === undefined || last === undefined) return null
      const sentAt = at === undefined ? null : Number(at)
      return { schedule, last: Number(last), sentAt, sent: Number(sent ?? 0), missed: Number(missed ?? 0) }
    }),
  )
}
