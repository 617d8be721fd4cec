import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import type { QueueBinding, Queues } from '../queues.ts'
import type { AsideNote, Broker, Claim, Claimed, Settlement } from './broker.ts'
import { maxBatch, type ClaimedBatches } from './claimed-batches.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import type { RedisMembership } from './membership.ts'
import type { RedisClock } from './redis-clock.ts'
import { RedisSettlements } from './redis-settlements.ts'

const script = new LuaScript('claim', ['clock', 'hold'])

/** The first Redis that takes a range of a list without going through all of it (SORT ... BY nosort LIMIT; sort.c of 7.0). */
const rangesSince = 7

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
  readonly queues: Pick<Queues, 'names' | 'bindings'>
  readonly membership: RedisMembership
  readonly batches: ClaimedBatches
  readonly clock: RedisClock
  /** Bounds of each set of messages that are set aside. */
  readonly asideLimits: { readonly max: number; readonly days: number }
  /** Told how many set-aside messages had to go for the bounds. */
  readonly onDropped: (kind: AsideNote['kind'], count: number) => void
}

/**
 * The queue on Redis, in Celery's layout.
 *
 * A message goes: LPUSH on its list; one script moves it, with others, from the list's right end into a batch of this start's
 * claims; one script ends the claim together with the result. At every moment it is on a list, in a claim, or set aside.
 */
export class RedisBroker implements Broker {
  readonly #options: RedisBrokerOptions
  readonly #redis: Redis
  /** The lists of each queue, in the order in which they are served. */
  readonly #lists = new Map<string, readonly string[]>()
  readonly #settlements: RedisSettlements
  /** Whether the server takes ranges of lists well. */
  #takesRanges = false
  #firstQueue = 0
  #waiting: Promise<void> | null = null

  constructor(options: RedisBrokerOptions) {
    this.#options = options
    this.#redis = options.redis
    this.#settlements = new RedisSettlements(options)
  }

  async prepare(): Promise<void> {
    const major = /^redis_version:(\d+)/m.exec(await this.#redis.info('server'))?.[1]
    this.#takesRanges = Number(major) >= rangesSince
    for (const binding of this.#options.queues.bindings) await this.#bind(binding)
  }

  async addQueue(binding: QueueBinding): Promise<void> {
    for (const list of this.#listsOf(binding.name)) {
      const type = await this.#redis.type(list)
      if (type !== 'list' && type !== 'none') {
        throw new EngineError('OPTION_INVALID', `queue ${binding.name}: expected a list in Redis, came a ${type}`)
      }
    }
    await this.#bind(binding)
  }

  async #bind({ name, exchange, routingKey }: QueueBinding): Promise<void> {
    const { keys } = this.#options
    await this.#redis.sadd(keys.binding(exchange), keys.boundQueue(routingKey, name))
  }

  now(): number {
    return this.#options.clock.now()
  }

  async claim(limits: (queue: string) => number, bytes: number): Promise<Claimed> {
    const { batches } = this.#options
    const batch = batches.begin()
    try {
      return await this.#claim(batch, limits, bytes)
    } finally {
      batches.end(batch)
    }
  }

  async #claim(number: number, limits: (queue: string) => number, bytes: number): Promise<Claimed> {
    const { keys, membership, batches, clock } = this.#options
    const { node, epoch, leaseMs, mark, member } = membership
    const queues = this.#queuesInTurn()
    const batch = keys.batch(node, epoch, number)
    const names = [keys.claims(node, epoch), batch, keys.node(node, epoch), keys.revocations(), keys.nodes()]
    const args = [number, bytes, leaseMs, mark, member, this.#takesRanges ? 1 : 0, BrokerKeys.prioritySteps.length]
    const called = script.run(
      this.#redis,
      [...names, ...queues.flatMap((queue) => this.#listsOf(queue))],
      [...args, ...queues.map((queue) => Math.min(limits(queue), maxBatch))],
    ) as Promise<[Buffer, Buffer, number]>
    const [[now, revocations, list], read] = await Promise.all([called, this.#redis.lrangeBuffer(batch, 0, -1)])
    // A server that did not know the script got it after the list had been asked for.
    const messages = list > 0 && read.length === 0 ? await this.#redis.lrangeBuffer(batch, 0, -1) : read
    clock.observe(Number(String(now)))
    const queue = queues[Math.floor((list - 1) / BrokerKeys.prioritySteps.length)] ?? ''
    const claims = list > 0 ? batches.add(number, queue, messages) : []
    return { claims, queue: list > 0 ? queue : null, revocations: Number(String(revocations)) }
  }

  settle(claim: Claim, settlement: Settlement): Promise<boolean> {
    return this.#settlements.settle(claim, settlement)
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
    return this.#options.membership.returnLost(this.#options.batches)
  }

  handBack(): Promise<number> {
    return this.#options.membership.handBack()
  }

  async backlog(): Promise<ReadonlyMap<string, number>> {
    const counts = this.#options.queues.names.map(async (queue): Promise<[string, number]> => {
      const lengths = await Promise.all(this.#listsOf(queue).map((list) => this.#redis.llen(list)))
      return [queue, lengths.reduce((sum, length) => sum + length, 0)]
    })
    return new Map(await Promise.all(counts))
  }

  /** One wait at a time: while one goes on, for whichever queue, nobody asks anew. */
  waitForMessage(queue: string): Promise<void> {
    this.#waiting ??= this.#wait(queue).finally(() => {
      this.#waiting = null
    })
    return this.#waiting
  }

  #listsOf(queue: string): readonly string[] {
    const known = this.#lists.get(queue)
    if (known !== undefined) return known
    const lists = this.#options.keys.lists(queue)
    this.#lists.set(queue, lists)
    return lists
  }

  /** BLMOVE from a list's right end to the same place waits for an element without taking it. */
  async #wait(queue: string): Promise<void> {
    const { blocking, keys } = this.#options
    const list = keys.list(queue)
    const deadline = setTimeout(() => blocking.disconnect(true), waitSeconds * 1000 + waitGraceMs)
    try {
      await blocking.blmove(list, list, 'RIGHT', 'RIGHT', waitSeconds)
    } finally {
      clearTimeout(deadline)
    }
  }

  /** Each claim begins with another queue, so that a full one does not starve the rest. */
  #queuesInTurn(): string[] {
    const { names } = this.#options.queues
    this.#firstQueue = (this.#firstQueue + 1) % Math.max(names.length, 1)
    return [...names.slice(this.#firstQueue), ...names.slice(0, this.#firstQueue)]
  }
}
