import type { Redis } from 'ioredis'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const giveBackScript = new LuaScript('give-back', ['batches', 'push'])

/** How many claims one script call moves: bounds the time that Redis is busy with it. */
export const giveBackChunk = 500

/** One start of a process that may hold claims. */
export interface Member {
  /** It, as it stands in the set of all. */
  readonly member: string
  readonly node: string
  readonly epoch: string
  /** Which process it is (process-mark.ts). */
  readonly mark: string
}

/** Whose claims are meant. */
export interface ClaimOwner extends Pick<Member, 'node' | 'epoch' | 'member'> {
  /** Its lease, which keeps them where they are; '' to put them back in any case. */
  readonly leaseKey: string
}

/** Every start that may hold claims. */
export async function readMembers(redis: Redis, keys: BrokerKeys): Promise<Member[]> {
  return (await redis.smembers(keys.nodes())).flatMap(parseMember)
}

/**
 * Puts claims of a start back on their lists, at the end that is served next, in their order.
 *
 * @param owner.member strikes it off the set of all with its last claim; '' leaves it there
 * @param batches numbers of those that are meant, at most {@link giveBackChunk} messages of them; default: all of them
 * @returns how many were put back; null if the owner is alive
 */
export async function giveBack(
  { redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys },
  owner: ClaimOwner,
  batches: readonly number[] = [],
): Promise<number | null> {
  const names = [keys.claims(owner.node, owner.epoch), owner.leaseKey, keys.nodes()]
  let count = 0
  for (;;) {
    const moved = Number(await giveBackScript.run(redis, names, [giveBackChunk, owner.member, ...batches]))
    if (moved < 0) return null
    count += moved
    if (moved < giveBackChunk || batches.length > 0) return count
  }
}

/** What is no start's is passed over: anybody may write into a Redis. */
function parseMember(member: string): Member[] {
  try {
    const [node, epoch, mark = ''] = JSON.parse(member) as unknown[]
    if (typeof node !== 'string' || typeof epoch !== 'string' || typeof mark !== 'string') return []
    return [{ member, node, epoch, mark }]
  } catch {
    return []
  }
}
