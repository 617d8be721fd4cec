import type { Redis } from 'ioredis'
import { QueueFullError, secondsFor } from '../errors.ts'
import type { CanvasMessage } from '../canvas/following.ts'
import { uniqueTag } from '../unique-tag.ts'
import type { Outgoing, Sender } from './broker.ts'
import { noClaim, type DirectClaims, type GroupReply } from './direct-claims.ts'
import type { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'
import { Patience } from './patience.ts'
import { putPlan } from './put-plan.ts'
import type { QueueAge } from './queue-age.ts'
import type { RedisClock } from './redis-clock.ts'
import { SendLane, type GroupAnswer } from './send-lane.ts'

const scripts = {
  one: new LuaScript('enqueue', ['clock', 'limited']),
  group: new LuaScript('enqueue-group', ['clock', 'hold', 'limited']),
  all: new LuaScript('enqueue-all', ['clock', 'push', 'limited', 'put-all']),
}

/** How long a sent message is known by its mark, in milliseconds, at least: longer than anybody tries to send it. */
const markLifeMs = 60_000

/**
 * What is on a queue's other lists is not counted anew within so many milliseconds, where the queue was less than half full and its bound is
 * so high: in that time nobody sends the other half. Each list that is counted costs as much as the sending.
 */
const knownMs = 20
const highBound = 10_000

/** Ways of so many queues are kept ready. */
const maxQueues = 100

/** What a sender is made of. */
export interface RedisSenderOptions {
  readonly redis: Redis
  readonly keys: BrokerKeys
  readonly clock: RedisClock
  /** How long a call goes on while the broker answers nobody, in milliseconds. */
  readonly timeoutMs: number
  /** Most messages on a queue, scheduled ones included; null: no bound. */
  readonly maxLength: number | null
  /** Refuses when a queue's oldest message is too old; null: any age will do. */
  readonly age: QueueAge | null
  /** How many messages a second are worked off at present. */
  readonly rate: () => number
  /**
   * Told when a message is on its way to a list: what is sent on the same connection now finds it there. So a dispatcher of this
   * process need not wait for the answer.
   */
  readonly onSending?: () => void
  /** Claims for a worker of this process; null: there is none. */
  readonly direct: DirectClaims | null
  /**
   * Whether a worker of this process looks after that queue's schedule. Where none does, a message that is due later goes to its list as
   * Celery's clients send it: whoever takes it, perhaps a Celery worker, puts it off. On the schedule it might wait for ever.
   */
  readonly schedules: (queue: string) => boolean
}

/** Where the messages of one lane go. */
interface Way {
  readonly queue: string
  readonly list: string
  /** What counts as the queue's length beside the list: its schedule and its other lists. */
  readonly others: readonly string[]
  /** How many were there when they were counted, at that time (`performance.now()`), where there was ample room. */
  known: { readonly count: number; readonly at: number } | null
}

/** What both scripts answer: something of their own, the queue's length, the server's time. */
type Answer<First> = [First, number, Buffer, ...unknown[]]

/**
 * Puts messages on queues.
 *
 * 1. Messages for one list that are sent at the same time go with one call (`SendLane`). One that is due later, or has an
 *    idempotency key, goes by itself.
 * 2. Back-pressure: a queue that is too long or too old takes no more; the caller is told when to come back.
 * 3. One script puts the messages on their list, or the one on the schedule, together with a mark by which the call is known.
 *    For a worker of this process that waits for work it makes them a claim at once.
 *    Several that belong together, a group's members say, go all or not at all.
 * 4. No answer: the same call again (`Patience`). The mark keeps anything from being sent twice.
 */
export class RedisSender implements Sender {
  readonly #options: RedisSenderOptions
  readonly #patience: Patience
  readonly #markLifeMs: number
  /** By queue, then by priority. */
  readonly #lanes = new Map<string, SendLane[]>()

  constructor(options: RedisSenderOptions) {
    this.#options = options
    this.#patience = new Patience(options.timeoutMs)
    this.#markLifeMs = Math.max(markLifeMs, 2 * options.timeoutMs)
  }

  now(): number {
    return this.#options.clock.now()
  }

  enqueue(outgoing: Outgoing): Promise<string> {
    const { queue, taskId, message, priority, due, once } = outgoing
    const lane = (this.#lanes.get(queue) ?? this.#openLanes(queue))[priority]
    if (due !== undefined || once !== undefined || lane === undefined) return this.#sendOne(outgoing)
    return lane.add(message, taskId)
  }

  /** Priorities that share a list share its lane. */
  #openLanes(queue: string): SendLane[] {
    for (const [other, lanes] of this.#lanes) {
      if (this.#lanes.size < maxQueues) break
      if (lanes.every((lane) => lane.isIdle)) this.#lanes.delete(other)
    }
    const { keys } = this.#options
    const byList = new Map<string, SendLane>()
    const lanes = Array.from({ length: 10 }, (_, priority) => {
      const list = keys.list(queue, priority)
      const others = [keys.schedule(queue), ...keys.lists(queue).filter((other) => other !== list)]
      const way = { queue, list, others, known: null }
      const lane = byList.get(list) ?? new SendLane((messages, since) => this.#sendGroup(way, messages, since))
      byList.set(list, lane)
      return lane
    })
    this.#lanes.set(queue, lanes)
    return lanes
  }

  async #sendGroup(way: Way, messages: string[], started: number): Promise<GroupAnswer> {
    const { queue, list } = way
    const { redis, keys, maxLength, direct, onSending } = this.#options
    const mark = keys.sent(uniqueTag())
    let isFirst = true
    const call = (): Promise<GroupReply> => {
      // A call that is repeated finds its mark, and claims nothing.
      const claim = isFirst ? (direct?.open(queue, messages) ?? null) : null
      isFirst = false
      const { keys: claimKeys, args: claimArgs } = claim ?? noClaim
      const { others, counted } = this.#othersOf(way)
      const sent = scripts.group.run(
        redis,
        [list, mark, ...claimKeys, ...counted],
        [this.#markLifeMs, maxLength ?? '', others, ...claimArgs, ...messages],
      ) as Promise<GroupReply>
      if (claim !== null) return claim.follow(sent)
      onSending?.()
      return sent
    }
    const [taken, length, , , others] = (await this.#insist(queue, started, call)) as GroupReply
    this.#noteOthers(way, length, others)
    return { taken, refusal: taken < messages.length ? this.#fullError(queue, length) : null }
  }

  /** What the script is told of the queue's other lists, or their keys: then it counts them. */
  #othersOf(way: Way): { others: number | ''; counted: readonly string[] } {
    if (this.#options.maxLength === null) return { others: 0, counted: [] }
    if (way.known !== null && performance.now() - way.known.at > knownMs) way.known = null
    return way.known === null ? { others: '', counted: way.others } : { others: way.known.count, counted: [] }
  }

  #noteOthers(way: Way, length: number, count: number): void {
    const { maxLength } = this.#options
    if (way.known !== null || maxLength === null || maxLength < highBound || length >= maxLength / 2) return
    way.known = { count, at: performance.now() }
  }

  async #sendOne({ queue, taskId, message, priority, due, once }: Outgoing): Promise<string> {
    const { redis, keys, maxLength, onSending, schedules } = this.#options
    const token = uniqueTag()
    const names = [
      keys.list(queue, priority),
      keys.sent(token),
      once === undefined ? '' : keys.once(once.key),
      keys.schedule(queue),
      ...keys.lists(queue),
    ]
    const args = [
      message,
      taskId,
      this.#markLifeMs,
      Math.ceil((once?.ttlSeconds ?? 0) * 1000),
      due !== undefined && schedules(queue) ? due : '',
      maxLength ?? '',
      token,
    ]
    const call = (): Promise<Answer<Buffer | null>> => {
      const sent = scripts.one.run(redis, names, args) as Promise<Answer<Buffer | null>>
      onSending?.()
      return sent
    }
    const [id, length] = await this.#insist(queue, performance.now(), call)
    if (id === null) throw this.#fullError(queue, length)
    return String(id)
  }

  async enqueueAll(messages: readonly CanvasMessage[]): Promise<void> {
    const [first, ...more] = messages
    if (first === undefined) return
    const { queue, taskId, priority, text } = first
    if (more.length === 0) return void (await this.enqueue({ queue, taskId, priority, message: String(text) }))
    const { redis, keys, maxLength, onSending } = this.#options
    const mark = keys.sent(uniqueTag())
    const plan = putPlan(messages, keys)
    const call = (): Promise<Answer<Buffer>> => {
      const sent = scripts.all.run(redis, [mark], [this.#markLifeMs, maxLength ?? '', plan]) as Promise<Answer<Buffer>>
      onSending?.()
      return sent
    }
    const [full, length] = await this.#insist(queue, performance.now(), call)
    if (full.length > 0) throw this.#fullError(String(full), length)
  }

  async #insist<First>(queue: string, started: number, call: () => Promise<Answer<First>>): Promise<Answer<First>> {
    const { age, rate, clock } = this.#options
    const checked = async (): Promise<Answer<First>> => {
      await age?.check(queue, rate())
      return call()
    }
    const answer = await this.#patience.insist(started, age === null ? call : checked)
    clock.observe(Number(String(answer[2])))
    this.#patience.answered()
    return answer
  }

  #fullError(queue: string, length: number): QueueFullError {
    const { maxLength, rate } = this.#options
    return new QueueFullError(
      `queue ${queue}: expected less than ${maxLength} messages, came ${length}`,
      secondsFor(length - (maxLength ?? 0) + 1, rate()),
    )
  }
}
