import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { freshMessage, priorityOf } from '../fresh-message.ts'
import type { AsideEntry } from './aside-entries.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('retry-aside', ['set-aside'])

/** Most messages, and bytes of messages, that are looked at together: bounds what this process holds of them. */
const groupSize = 50
const groupBytes = 4_194_304

/** Where a message that is set aside lies. */
export type AsidePlace = Pick<AsideEntry, 'kind' | 'queue' | 'entry'>

/** What became of a message that was to go back to its queue. */
export type MoveResult = { readonly moved: true } | { readonly moved: false; readonly reason: string }

/** What the script answers when it has written nothing. */
const refusals = new Map([
  [-1, 'it is not set aside any more'],
  [-2, 'its message is gone: it has expired'],
  [-3, "the key of its queue's list holds something that is no list"],
])

/**
 * Puts messages that are set aside back on the list of their queue and priority, behind all others.
 *
 * 1. The message is read, to find its list and to write its new text.
 * 2. One script takes it out of its set and puts it on the list, if it is there as it was read. It is never outside Redis,
 *    and what stays as it is has its bytes moved there.
 */
export class MoveBack {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
  }

  /**
   * One message.
   *
   * @param freshAt Unix milliseconds: gives it a fresh start, sent then; null: it goes back byte for byte
   */
  async one({ kind, queue, entry }: AsidePlace, freshAt: number | null): Promise<MoveResult> {
    const set = this.#keys.aside(kind, queue)
    const raw = await this.#redis.getBuffer(`${set}:m:${entry}`)
    if (raw === null) {
      const there = (await this.#redis.zscore(set, entry)) !== null
      return { moved: false, reason: refusals.get(there ? -2 : -1) ?? '' }
    }
    const { text, priority } = freshAt === null ? { text: null, priority: priorityOf(raw) } : freshMessage(raw, freshAt)
    const digest = createHash('sha1').update(raw).digest('hex')
    const reply = await script.run(this.#redis, [set, this.#keys.list(queue, priority)], [entry, digest, text ?? ''])
    const reason = refusals.get(Number(reply))
    return reason === undefined ? { moved: true } : { moved: false, reason }
  }

  /**
   * Many messages, in their order.
   *
   * @returns how many were moved
   */
  async all(places: readonly AsidePlace[], freshAt: number | null): Promise<number> {
    const sizes = await Promise.all(
      places.map(({ kind, queue, entry }) => this.#redis.strlen(`${this.#keys.aside(kind, queue)}:m:${entry}`)),
    )
    let count = 0
    for (const group of groups(places, sizes)) {
      const results = await Promise.all(group.map((place) => this.one(place, freshAt)))
      count += results.filter(({ moved }) => moved).length
    }
    return count
  }
}

/** Groups of messages that may be held at once; one that is too large has a group to itself. */
function groups(places: readonly AsidePlace[], sizes: readonly number[]): AsidePlace[][] {
  const found: AsidePlace[][] = []
  let bytes = 0
  for (const [index, place] of places.entries()) {
    const group = found.at(-1)
    const size = sizes[index] ?? 0
    const fits = group !== undefined && group.length < groupSize && bytes + size <= groupBytes
    if (fits) group.push(place)
    else found.push([place])
    bytes = fits ? bytes + size : size
  }
  return found
}
