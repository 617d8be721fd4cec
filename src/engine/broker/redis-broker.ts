import type { Redis } from 'ioredis'
import type { AsideNote, Broker, Claim, Settlement } from './broker.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisMembership } from './membership.ts'
import type { RedisClock } from './redis-clock.ts'

const scripts = {
  claim: new LuaScript('claim', ['clock']),
  settle: new LuaScript('settle', ['clock', 'set-aside', 'push']),
}

const dayMs = 86_400_000

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
  readonly clock: RedisClock
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

  now(): number {
    return this.#options.clock.now()
  }

  async claim(limit: number, bytes: number): Promise<{ claims: Claim[]; revocations: number }> {
    const lists = this.#listsInTurn()
    // The ids are used up whatever becomes of the call: one that was carried out although its answer was lost
    // must not find its claims overwritten by the next.
    const first = this.#lastClaim
    this.#lastAnswered = first
    this.#lastClaim += limit
    try {
      const answer = await this.#claim(limit, bytes, first, lists)
      for (const { id } of answer.claims) this.#held.add(id)
      return answer
    } finally {
      this.#lastAnswered = this.#lastClaim
    }
  }

  async #claim(
    limit: number,
    bytes: number,
    first: number,
    lists: readonly { key: string; queue: string }[],
  ): Promise<{ claims: Claim[]; revocations: number }> {
    const { keys, membership, clock } = this.#options
    const reply = (await scripts.claim.run(
      this.#redis,
      [
        keys.claims(membership.node, membership.epoch),
        keys.node(membership.node, membership.epoch),
        keys.revocations(),
        keys.nodes(),
        ...lists.map(({ key }) => key),
      ],
      [limit, bytes, first, membership.leaseMs, membership.mark, membership.member],
    )) as (number | Buffer)[]
    const [now, revocations] = reply.map((value) => Number(String(value)))
    clock.observe(now ?? 0)
    const claims: Claim[] = []
    for (let index = 2; index + 2 < reply.length; index += 3) {
      const [id, list, raw] = reply.slice(index, index + 3) as [number, number, Buffer]
      claims.push({ id, queue: lists[list - 1]?.queue ?? '', raw })
    }
    return { claims, revocations: revocations ?? 0 }
  }

  async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
    const { keys, membership, asideLimits } = this.#options
    const { result, aside, schedule, requeue, handBack, startedId } = settlement
    const dropped = Number(
      await scripts.settle.run(
        this.#redis,
        [
          keys.claims(membership.node, membership.epoch),
          result?.key ?? '',
          aside === undefined ? '' : keys.aside(aside.kind, claim.queue),
          keys.asideIndex(),
          schedule === undefined ? '' : keys.schedule(claim.queue),
          startedId === undefined ? '' : keys.started(startedId),
        ],
        [
          claim.id,
          result?.json ?? '',
          result?.ttlSeconds ?? 0,
          `${membership.epoch}:${claim.id}`,
          aside === undefined ? '' : note(aside),
          asideLimits.max,
          asideLimits.days * dayMs,
          aside?.keepUntil ?? '',
          aside?.cpuProfile ?? '',
          schedule?.due ?? '',
          schedule?.text ?? '',
          requeue === true ? 'last' : handBack === true ? 'next' : '',
        ],
      ),
    )
    this.#held.delete(claim.id)
    if (aside !== undefined && dropped > 0) this.#options.onDropped(aside.kind, dropped)
    return dropped >= 0
  }

  async markStarted(claim: Claim, taskId: string): Promise<boolean> {
    const { keys, membership, asideLimits } = this.#options
    const key = keys.started(taskId)
    const mark = `${membership.epoch}:${claim.id}`
    if ((await this.#redis.set(key, mark, 'PX', asideLimits.days * dayMs, 'NX')) !== null) return true
    // Ours: the answer to an earlier try of this call was lost.
    return (await this.#redis.get(key)) === mark
  }

  async unmarkStarted(taskId: string): Promise<void> {
    await this.#redis.del(this.#options.keys.started(taskId))
  }

  /** @throws where the broker does not take writes: away, loading, read-only, out of memory */
  async checkWritable(): Promise<void> {
    await this.#redis.set(this.#options.keys.probe(), process.pid, 'PX', 10_000)
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
function note({ reason, taskId, taskName, error, stack, retries }: AsideNote): string {
  return JSON.stringify({ reason, id: taskId, task: taskName, error, stack, retries }).slice(0, -1)
}
