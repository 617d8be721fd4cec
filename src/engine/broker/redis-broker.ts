import type { Redis } from 'ioredis'
import type { AsideNote, Broker, Claim, Settlement } from './broker.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisMembership } from './membership.ts'

const scripts = { claim: new LuaScript('claim'), settle: new LuaScript('settle') }

/** Most bytes that one call claims; the message that crosses this is still taken. */
const claimBytes = 4 * 1024 * 1024

/** How long one blocking wait lasts, in seconds, and how much later it counts as lost, in milliseconds. */
const waitSeconds = 1
const waitGraceMs = 2_000

/** What the broker is made of. */
export interface RedisBrokerOptions {
  /** For everything but waiting. */
  readonly redis: Redis
  /** For waiting alone: a command behind a blocking one would wait with it. */
  readonly blocking: Redis
  readonly keys: BrokerKeys
  /** The queues to take messages from. */
  readonly queues: readonly string[]
  readonly membership: RedisMembership
  /** Bounds of each set of messages that are set aside. */
  readonly asideLimits: { readonly max: number; readonly days: number }
  /** Told how many set-aside messages had to go for the bounds. */
  readonly onDropped: (kind: AsideNote['kind'], count: number) => void
}

/**
 * The queue on Redis, in Celery's layout.
 *
 * A message goes: LPUSH on its list; one script moves it from the list's right end into this start's claims; one script
 * ends the claim together with the result. At every moment it is on a list, in a claim, or set aside.
 */
export class RedisBroker implements Broker {
  readonly #options: RedisBrokerOptions
  readonly #redis: Redis
  readonly #lists: { key: string; queue: string }[]
  /** Claims that were answered and have not ended. */
  readonly #held = new Set<number>()
  /** The highest id that a claim call may have given. */
  #lastClaim = 0
  /** The same, before the call that is waiting for its answer; else `#lastClaim`. */
  #lastAnswered = 0
  #firstQueue = 0
  #waiting: Promise<void> | null = null

  constructor(options: RedisBrokerOptions) {
    this.#options = options
    this.#redis = options.redis
    this.#lists = options.queues.flatMap((queue) => options.keys.lists(queue).map((key) => ({ key, queue })))
  }

  async declareQueues(): Promise<void> {
    for (const queue of this.#options.queues) {
      const { separator } = BrokerKeys
      await this.#redis.sadd(this.#options.keys.binding(queue), `${queue}${separator}${separator}${queue}`)
    }
  }

  async enqueue(queue: string, message: string): Promise<void> {
    await this.#redis.lpush(this.#options.keys.list(queue), message)
  }

  async claim(limit: number): Promise<Claim[]> {
    const lists = this.#listsInTurn()
    // The ids are used up whatever becomes of the call: one that was carried out although its answer was lost
    // must not find its claims overwritten by the next.
    const first = this.#lastClaim
    this.#lastAnswered = first
    this.#lastClaim += limit
    try {
      const claims = await this.#claim(limit, first, lists)
      for (const { id } of claims) this.#held.add(id)
      return claims
    } finally {
      this.#lastAnswered = this.#lastClaim
    }
  }

  async #claim(limit: number, first: number, lists: readonly { key: string; queue: string }[]): Promise<Claim[]> {
    const { keys, membership } = this.#options
    const reply = (await scripts.claim.run(
      this.#redis,
      [
        keys.claims(membership.node, membership.epoch),
        keys.node(membership.node, membership.epoch),
        ...lists.map(({ key }) => key),
      ],
      [limit, claimBytes, first, membership.leaseMs, process.pid],
    )) as (number | Buffer)[]
    const claims: Claim[] = []
    for (let index = 0; index + 2 < reply.length; index += 3) {
      const [id, list, raw] = reply.slice(index, index + 3) as [number, number, Buffer]
      claims.push({ id, queue: lists[list - 1]?.queue ?? '', raw })
    }
    return claims
  }

  async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
    const { keys, membership, asideLimits } = this.#options
    const { result, aside } = settlement
    const asideKey = aside === undefined ? '' : keys.aside(aside.kind, claim.queue)
    const dropped = Number(
      await scripts.settle.run(
        this.#redis,
        [keys.claims(membership.node, membership.epoch), result?.key ?? '', asideKey, `${asideKey}:n`],
        [
          claim.id,
          result?.json ?? '',
          result?.ttlSeconds ?? 0,
          `${membership.epoch}:${claim.id}`,
          aside === undefined ? '' : note(aside),
          asideLimits.max,
          asideLimits.days * 86_400_000,
          aside?.keepUntil ?? '',
        ],
      ),
    )
    this.#held.delete(claim.id)
    if (aside !== undefined && dropped > 0) this.#options.onDropped(aside.kind, dropped)
    return dropped >= 0
  }

  /** @throws where the broker does not take writes: away, loading, read-only, out of memory */
  async checkWritable(): Promise<void> {
    await this.#options.membership.refresh()
  }

  returnLost(): Promise<number> {
    return this.#options.membership.returnLost(this.#held, this.#lastAnswered)
  }

  handBack(): Promise<number> {
    return this.#options.membership.handBack()
  }

  waitForMessage(): Promise<void> {
    this.#waiting ??= this.#wait().finally(() => {
      this.#waiting = null
    })
    return this.#waiting
  }

  /** BLMOVE from a list's right end to the same place waits for an element without taking it. */
  async #wait(): Promise<void> {
    const list = this.#lists[0]?.key ?? ''
    const { blocking } = this.#options
    const deadline = setTimeout(() => blocking.disconnect(true), waitSeconds * 1000 + waitGraceMs)
    try {
      await blocking.blmove(list, list, 'RIGHT', 'RIGHT', waitSeconds)
    } finally {
      clearTimeout(deadline)
    }
  }

  /** Each claim begins with another queue, so that a full one does not starve the rest. */
  #listsInTurn(): { key: string; queue: string }[] {
    const perQueue = this.#lists.length / this.#options.queues.length
    this.#firstQueue = (this.#firstQueue + 1) % this.#options.queues.length
    const cut = this.#firstQueue * perQueue
    return [...this.#lists.slice(cut), ...this.#lists.slice(0, cut)]
  }
}

/** JSON without its closing brace: the script adds the time. */
function note(aside: AsideNote): string {
  return JSON.stringify({ reason: aside.reason, id: aside.taskId, task: aside.taskName }).slice(0, -1)
}
