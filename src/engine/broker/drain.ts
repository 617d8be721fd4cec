import type { Redis } from 'ioredis'
import { drainLimited, limitedSize, type DrainedLimited } from './drain-limited.ts'
import { drainSchedule, scheduleSize, type DrainedSchedule } from './drain-schedule.ts'
import type { BrokerKeys } from './keys.ts'
import { giveBack, readMembers, type Member } from './members.ts'
import { isAlive } from './process-mark.ts'

/** The longest lease of a process that keeps to the default settings, in milliseconds. */
const usualLeaseMs = 30_000

/** How many keys one step of a search looks at. */
const scanCount = 1_000

/** A start of a process that is not known to be gone. */
export interface RunningNode {
  readonly node: string
  /** Why it counts as running. */
  readonly reason: string
}

/** What was moved, or would be. */
export interface Drained {
  /** How many claimed messages, by the node that held them. */
  readonly claims: Readonly<Record<string, number>>
  /** What waited for a rate limit, by queue. */
  readonly limited: Readonly<Record<string, DrainedLimited>>
  /** By queue. */
  readonly schedules: Readonly<Record<string, DrainedSchedule>>
}

/** Processes of Lovage take messages from the broker. */
export class NodesRunning extends Error {
  readonly nodes: readonly RunningNode[]

  constructor(nodes: readonly RunningNode[]) {
    super(`expected no Lovage on the broker, came ${nodes.length}`)
    this.name = 'NodesRunning'
    this.nodes = nodes
  }
}

/**
 * Hands everything that Lovage keeps to itself back to the lists, in Celery's form.
 *
 * 1. Nobody may be running: processes that hold a lease, or live on this machine.
 * 2. What waits for a rate limit goes to the end of its list that is served next: Celery's workers have limits of their own.
 * 3. Claims of processes that are gone go to the end of their lists that is served next, in their order.
 * 4. What is scheduled: overdue messages go there too, the one due first foremost; the others go behind all others, each with
 *    its eta, as a Celery client sends it.
 *
 * Every step is one script that moves some messages: they are in one place at every moment. What was interrupted goes on where it
 * was when it is called again. What is set aside stays.
 */
export class Drain {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  constructor(parts: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
  }

  /** Who is running, or may be. */
  async running(): Promise<RunningNode[]> {
    const uptime = /uptime_in_seconds:(\d+)/.exec(await this.#redis.info('server'))?.[1]
    const isFresh = Number(uptime ?? 0) * 1000 < usualLeaseMs
    const members = await readMembers(this.#redis, this.#keys)
    const looked = await Promise.all(members.map((member) => this.#reason(member, isFresh)))
    return members.flatMap(({ node }, index) => {
      const reason = looked[index] ?? null
      return reason === null ? [] : [{ node, reason }]
    })
  }

  /** What would be moved. */
  async look(): Promise<Drained> {
    const claims: Record<string, number> = {}
    for (const { node, epoch } of await readMembers(this.#redis, this.#keys)) {
      claims[node] = (claims[node] ?? 0) + (await this.#claimed(this.#keys.claims(node, epoch)))
    }
    const schedules: Record<string, DrainedSchedule> = {}
    for (const queue of await this.#queues()) {
      schedules[queue] = await scheduleSize(this.#redis, this.#keys.schedule(queue))
    }
    const limited: Record<string, DrainedLimited> = {}
    for (const queue of await this.#limitedQueues()) {
      limited[queue] = { moved: await limitedSize(this.#redis, this.#keys.limited(queue)), left: 0 }
    }
    return { claims: withoutNothing(claims), limited, schedules }
  }

  /**
   * Moves it.
   *
   * @throws NodesRunning before anything is moved; or later, where one is started meanwhile: what was moved until then stays moved
   */
  async run(onProgress: (moved: number) => void = () => {}): Promise<Drained> {
    await this.#expectNobody()
    const claims: Record<string, number> = {}
    const schedules: Record<string, DrainedSchedule> = {}
    let total = 0
    const moved = (count: number): void => onProgress((total += count))
    const step = async (count: number): Promise<void> => {
      moved(count)
      await this.#expectNobody()
    }
    const limited: Record<string, DrainedLimited> = {}
    for (const queue of await this.#limitedQueues()) {
      limited[queue] = await drainLimited(this.#redis, this.#keys.schedule(queue), step)
    }
    // The claims that are put back last are served first.
    const members = (await readMembers(this.#redis, this.#keys)).toSorted((one, other) =>
      one.epoch < other.epoch ? 1 : -1,
    )
    for (const { member, node, epoch, mark } of members) {
      const leaseKey = isAlive(mark) === false ? '' : this.#keys.node(node, epoch)
      const count = await giveBack({ redis: this.#redis, keys: this.#keys }, { member, node, epoch, leaseKey })
      if (count === null) await this.#expectNobody()
      claims[node] = (claims[node] ?? 0) + (count ?? 0)
      moved(count ?? 0)
    }
    for (const queue of await this.#queues()) {
      schedules[queue] = await drainSchedule(this.#redis, this.#keys.schedule(queue), step)
    }
    return { claims: withoutNothing(claims), limited, schedules }
  }

  async #expectNobody(): Promise<void> {
    const nodes = await this.running()
    if (nodes.length > 0) throw new NodesRunning(nodes)
  }

  /** null: it is gone. */
  async #reason({ node, epoch, mark }: Member, isFresh: boolean): Promise<string | null> {
    const alive = isAlive(mark)
    if (alive !== null) return alive ? 'its process runs on this machine' : null
    const leftMs = await this.#redis.pttl(this.#keys.node(node, epoch))
    if (leftMs > 0) return `its lease lasts for another ${Math.ceil(leftMs / 1000)} s`
    // While the server was away, every lease has lapsed.
    return isFresh ? 'the server has just been started: it may be about to come back' : null
  }

  async #claimed(claims: string): Promise<number> {
    const numbers = await this.#redis.hkeys(claims)
    const batches = await Promise.all(
      numbers.map(async (number) => {
        const key = `${claims}:${number}`
        const settled = await this.#redis.lpos(key, '\0settled', 'COUNT', 0)
        return (await this.#redis.llen(key)) - settled.length
      }),
    )
    return batches.reduce((sum, count) => sum + count, 0)
  }

  /** The queues that have anything scheduled. */
  async #queues(): Promise<string[]> {
    const found = await this.#found('zset')
    // Sets of what waits for a rate limit have a comma in their names, as no queue has.
    return found.filter((name) => !name.includes(','))
  }

  /** Those that have anything that waits for a rate limit. */
  async #limitedQueues(): Promise<string[]> {
    const end = this.#keys.limited('').slice(this.#keys.schedule('').length)
    const found = await this.#found('hash')
    return found.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length))
  }

  /** What comes behind the beginning of a schedule's name, of all keys of a type. */
  async #found(type: 'zset' | 'hash'): Promise<string[]> {
    const start = this.#keys.schedule('')
    const pattern = `${start.replaceAll(/[\\?*[\]]/g, String.raw`\$&`)}*`
    const found = new Set<string>()
    let cursor = '0'
    do {
      const [next, names] = await this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', scanCount, 'TYPE', type)
      for (const name of names) found.add(name.slice(start.length))
      cursor = next
    } while (cursor !== '0')
    return [...found].toSorted()
  }
}

function withoutNothing(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}
