import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Membership } from './broker.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { giveBack, giveBackChunk, readMembers, type ClaimOwner } from './members.ts'
import { isAlive, processMark } from './process-mark.ts'

const refresh = new LuaScript('refresh')

/** For so long after its start a server may not have seen all living processes again, in seconds. */
const reconnectSeconds = 5

/** What a member of the broker is made of. */
export interface MembershipOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  /** Wanted name, for example the machine's. */
  readonly node: string
  /** How long claims are kept for this process without a sign of life, in milliseconds. */
  readonly leaseMs: number
}

/**
 * One start of this process among the others on the broker.
 *
 * 1. join: names its connection `lovage:<node>:<epoch>`. If another epoch of that node is connected, the next free name
 *    (`host-2`) is taken. Then the lease is written.
 * 2. refresh: the lease is renewed, from the main thread, every third of its length.
 * 3. recover: claims of other epochs are put back on their lists. An epoch of this node that no connection names, and whose
 *    process is not found on this machine, is dead, and its claims come back at once; any other only when its lease has
 *    lapsed.
 * 4. leave: the lease is given up.
 */
export class RedisMembership implements Membership {
  /** Unique per start. */
  readonly epoch = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`
  readonly leaseMs: number
  /** Value of the lease key: which process this is. */
  readonly mark = processMark()
  readonly #redis: Redis
  readonly #keys: BrokerKeys
  #node: string
  #member = ''
  /** When the broker last took our sign of life: `performance.now()` milliseconds. */
  #refreshedAt = performance.now()
  /** Until then nobody's lapsed lease counts: whoever was away with us may be about to come back. */
  #graceUntil = 0

  constructor(options: MembershipOptions) {
    this.#redis = options.redis
    this.#keys = options.keys
    this.#node = options.node
    this.#member = this.#memberOf(options.node)
    this.leaseMs = options.leaseMs
  }

  /** This node's name; final after `join`. */
  get node(): string {
    return this.#node
  }

  /** This start in the set of all. */
  get member(): string {
    return this.#member
  }

  async join(): Promise<string> {
    const wanted = this.#node
    for (let number = 1; ; number += 1) {
      this.#node = number === 1 ? wanted : `${wanted}-${number}`
      this.#member = this.#memberOf(this.#node)
      await this.#nameConnection()
      const others = (await this.#connected()).filter(([node, epoch]) => node === this.#node && epoch !== this.epoch)
      if (others.length === 0) break
    }
    // After a reconnect the new connection must carry the name too.
    this.#redis.options.connectionName = connectionName(this.#node, this.epoch)
    this.#refreshedAt = performance.now()
    await this.refresh()
    return this.#node
  }

  async refresh(): Promise<void> {
    const names = [this.#keys.node(this.#node, this.epoch), this.#keys.nodes()]
    await refresh.run(this.#redis, names, [this.mark, this.leaseMs, this.member])
    const now = performance.now()
    if (now - this.#refreshedAt > this.leaseMs) this.#graceUntil = now + this.leaseMs
    this.#refreshedAt = now
  }

  async recover(): Promise<number> {
    const members = await readMembers(this.#redis, this.#keys)
    const connected = new Set((await this.#connected()).map(([node, epoch]) => `${node}:${epoch}`))
    const uptimeMs = await this.#uptimeMs()
    const lapsedCount = performance.now() >= this.#graceUntil && uptimeMs >= this.leaseMs
    let count = 0
    for (const { member, node, epoch, mark } of members) {
      if (node === this.#node && epoch === this.epoch) continue
      const dead = node === this.#node && !connected.has(`${node}:${epoch}`) && this.#isDead(mark, uptimeMs)
      if (!dead && !lapsedCount) continue
      const moved = await this.#giveBack({ node, epoch, leaseKey: dead ? '' : this.#keys.node(node, epoch), member })
      count += moved ?? 0
    }
    return count
  }

  /** Puts back all claims of this start; they are served next, in their order. */
  async handBack(): Promise<number> {
    return (await this.#giveBack(this.#own)) ?? 0
  }

  /** Puts back the batches of this start that are not `known`. */
  async returnLost(known: { has(batch: number): boolean }): Promise<number> {
    const claims = this.#keys.claims(this.#node, this.epoch)
    const held = (await this.#redis.hkeys(claims)).map(Number)
    const lost = held.filter((id) => !known.has(id)).slice(0, giveBackChunk)
    return lost.length === 0 ? 0 : ((await this.#giveBack(this.#own, lost)) ?? 0)
  }

  async leave(): Promise<void> {
    await this.#redis.multi().del(this.#keys.node(this.#node, this.epoch)).srem(this.#keys.nodes(), this.member).exec()
  }

  #memberOf(node: string): string {
    return JSON.stringify([node, this.epoch, this.mark])
  }

  /** The owner of this start's own claims. */
  get #own(): ClaimOwner {
    return { node: this.#node, epoch: this.epoch, leaseKey: '', member: '' }
  }

  #giveBack(owner: ClaimOwner, batches?: readonly number[]): Promise<number | null> {
    return giveBack({ redis: this.#redis, keys: this.#keys }, owner, batches)
  }

  /**
   * Whether a start of this node that is not connected has ended. It may merely be about to reconnect, after a restart of
   * the server: then its process is alive on this machine, or nobody can know yet.
   */
  #isDead(mark: string, uptimeMs: number): boolean {
    // An earlier worker in this very process would be connected.
    const alive = mark === this.mark ? false : isAlive(mark)
    if (alive !== null) return !alive
    return uptimeMs >= reconnectSeconds * 1000
  }

  /** How long the server has been up. */
  async #uptimeMs(): Promise<number> {
    const uptime = /uptime_in_seconds:(\d+)/.exec(await this.#redis.info('server'))?.[1]
    return Number(uptime ?? 0) * 1000
  }

  async #nameConnection(): Promise<void> {
    await this.#redis.client('SETNAME', connectionName(this.#node, this.epoch))
  }

  /** Node and epoch of every Lovage process that is connected now. */
  async #connected(): Promise<[node: string, epoch: string][]> {
    const list = (await this.#redis.client('LIST')) as string
    return [...list.matchAll(/ name=lovage:(\S+):(\S+) /g)].map(([, node = '', epoch = '']) => [node, epoch])
  }
}

function connectionName(node: string, epoch: string): string {
  return `lovage:${node}:${epoch}`
}
