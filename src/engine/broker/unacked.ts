import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { decodeMessage, isRecord } from '../message.ts'
import { WrittenNumbers } from '../written-numbers.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const script = new LuaScript('restore-unacked', ['clock', 'set-aside'])

/** How long the mutex outlives a holder that died, in milliseconds (kombu's `unacked_mutex_expire`). */
const mutexMs = 300_000

/** How many entries one sweep looks at. */
const most = 300
const dayMs = 86_400_000
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What the restorer of Celery's claims is made of. */
export interface UnackedOptions {
  /** The broker's connection. */
  readonly redis: Redis
  readonly keys: BrokerKeys
  /** The age at which a claim is restored, in milliseconds. Below the workers' `visibility_timeout` what runs would run twice. */
  readonly visibilityTimeoutMs: number
  /** Bounds of each set of messages that are set aside. */
  readonly asideLimits: { readonly max: number; readonly days: number }
  /** Told how many set-aside messages had to go for the bounds. */
  readonly onDropped: (kind: 'unreadable', count: number) => void
}

/** What becomes of a claim. */
type End = 'restored' | 'unreadable' | 'left alone' | 'mutex lost'

/** What the script answers when it has written nothing; else the number of set-aside messages that were dropped. */
const refusals = new Map<number, End | 'not a list'>([
  [-1, 'mutex lost'],
  [-2, 'left alone'],
  [-3, 'not a list'],
])

/**
 * Restores what Celery workers had claimed that are gone, as kombu's `QoS.restore_visible` does, except that nothing is lost
 * and no entry stops the others.
 *
 * 1. Looks whether the oldest claim is due. Mostly there is none.
 * 2. Takes the mutex that Celery's workers respect too.
 * 3. Goes through the claims that are due, the newest first: each goes to the end of its list that is served next, so that
 *    the oldest ends up foremost. What can't be restored is set aside as it is. One script a claim does that, if the claim is
 *    still there as it was read: it is in Redis at every moment.
 * 4. Lets go of the mutex.
 */
export class Unacked {
  readonly #options: UnackedOptions

  constructor(options: UnackedOptions) {
    this.#options = options
  }

  /**
   * One sweep, over at most 300 claims.
   *
   * @throws what ioredis throws; a claim that Redis refuses to touch is passed over, and the first refusal thrown at the end
   */
  async sweep(): Promise<{ restored: number; unreadable: number }> {
    const { redis, keys } = this.#options
    const count = { restored: 0, unreadable: 0 }
    const ceiling = await this.#ceiling()
    if (ceiling === null) return count
    const token = randomUUID()
    if ((await redis.set(keys.unackedMutex(), token, 'PX', mutexMs, 'NX')) === null) return count
    const errors: Error[] = []
    try {
      for (const tag of await redis.zrevrangebyscoreBuffer(keys.unackedIndex(), ceiling, 0, 'LIMIT', 0, most)) {
        try {
          const end = await this.#end(token, tag)
          if (end === 'mutex lost') break
          if (end !== 'left alone') count[end] += 1
        } catch (error) {
          if (!(error instanceof Error && error.name === 'ReplyError')) throw error
          errors.push(error)
        }
      }
    } finally {
      // Where this fails the mutex lapses; the error that is on its way is the one to tell.
      await this.#step(token, 'release', [], []).catch(() => {})
    }
    if (errors[0] !== undefined) throw errors[0]
    return count
  }

  /** The time up to which claims are due, Unix seconds of the server; null where none is. */
  async #ceiling(): Promise<number | null> {
    const { redis, keys, visibilityTimeoutMs } = this.#options
    const oldest = await redis.zrangebyscore(keys.unackedIndex(), 0, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if (oldest.length === 0) return null
    const [seconds, microseconds] = await redis.time()
    const ceiling = Number(seconds) + Number(microseconds) / 1e6 - visibilityTimeoutMs / 1000
    return Number(oldest.flat()[1]) <= ceiling ? ceiling : null
  }

  /** Puts a claim's message back, or sets the entry aside. */
  async #end(token: string, tag: Buffer): Promise<End> {
    const { redis, keys, asideLimits, onDropped, visibilityTimeoutMs } = this.#options
    const raw = await redis.hgetBuffer(keys.unacked(), tag)
    const claim = [tag, raw ?? '', visibilityTimeoutMs]
    if (raw === null) {
      await this.#step(token, 'forget', [], claim)
      return 'left alone'
    }
    const entry = readUnacked(raw)
    let { fault } = entry
    if (fault === null) {
      const lists = await this.#lists(entry)
      const answer = lists.length === 0 ? null : await this.#step(token, 'restore', lists, [...claim, entry.message])
      if (typeof answer === 'number') return 'restored'
      if (answer !== null && answer !== 'not a list') return answer
      fault = answer === null ? 'a queue that its exchange is bound to' : 'a list under the name of its queue'
    }
    const { id, name, expires } = taskOf(entry.envelope)
    const note = JSON.stringify({ reason: `Celery's unacked: expected ${fault}`, id, task: name }).slice(0, -1)
    const limits = [asideLimits.max, asideLimits.days * dayMs, expires ?? '']
    const sets = [keys.aside('unreadable', entry.routingKey === '' ? 'celery' : entry.routingKey), keys.asideIndex()]
    const answer = await this.#step(token, 'aside', sets, [...claim, note, randomUUID(), ...limits])
    if (typeof answer !== 'number') return answer === 'mutex lost' ? answer : 'left alone'
    if (answer > 0) onDropped('unreadable', answer)
    return 'unreadable'
  }

  async #step(
    token: string,
    step: 'restore' | 'aside' | 'forget' | 'release',
    targets: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<number | End | 'not a list'> {
    const { redis, keys } = this.#options
    const names = [keys.unackedMutex(), keys.unacked(), keys.unackedIndex(), ...targets]
    const answer = Number(await script.run(redis, names, [token, step, ...args]))
    return refusals.get(answer) ?? answer
  }

  /** The lists that a message goes back to (kombu's `_lookup`, whose `deadletter_queue` is none by default). */
  async #lists({ exchange, routingKey, priority }: Entry): Promise<string[]> {
    const { redis, keys } = this.#options
    if (exchange === '') return routingKey === '' ? [] : [keys.list(routingKey, priority)]
    const bindings = (await redis.smembers(keys.binding(exchange))).map((text) => text.split(BrokerKeys.separator))
    // Only bindings to a topic exchange have a pattern: their key, as a regular expression of Python.
    const bound = bindings.filter(([key = '', pattern]) =>
      pattern === '' ? key === routingKey : matchesTopic(key, routingKey),
    )
    return [...new Set(bound.flatMap(([, , queue = '']) => (queue === '' ? [] : [keys.list(queue, priority)])))]
  }
}

/** An entry of `unacked`, as far as it could be read. */
interface Entry {
  /** What was expected and did not come; null: nothing. */
  readonly fault: string | null
  readonly envelope: unknown
  readonly exchange: string
  readonly routingKey: string
  /** 0 to 9. */
  readonly priority: number
  /** The message as it is to run again. */
  readonly message: string
}

/** Reads what kombu's `QoS.append` writes: JSON `[message, exchange, routing key]`. Never throws. */
export function readUnacked(raw: Uint8Array): Entry {
  const none = { envelope: null, exchange: '', routingKey: '', priority: 0, message: '' }
  try {
    const text = utf8.decode(raw)
    const parsed = JSON.parse(text) as unknown
    if (!Array.isArray(parsed) || parsed.length !== 3)
      return { ...none, fault: 'a list of message, exchange and routing key' }
    const [envelope, exchange, routingKey] = parsed as unknown[]
    const read = { ...none, envelope, routingKey: isName(routingKey) ? routingKey : '' }
    const fault = faultIn(envelope)
    if (fault !== null) return { ...read, fault }
    const name = exchange ?? ''
    if (!isName(name) || !isName(routingKey ?? '')) return { ...read, fault: 'names of exchange and queue' }
    const { properties } = envelope as { properties: Record<string, unknown> }
    const priority = priorityOf(properties['priority'])
    return { ...read, exchange: name, priority, message: redelivered(text), fault: null }
  } catch {
    return { ...none, fault: 'JSON in UTF-8' }
  }
}

/** What would end the Celery worker that is given the message, or this one. kombu writes no entry without these. */
function faultIn(envelope: unknown): string | null {
  if (!isRecord(envelope)) return 'a message: an object'
  const { headers, properties } = envelope
  if (headers !== undefined && !isRecord(headers)) return 'headers: an object'
  if (!isRecord(properties)) return 'properties: an object'
  const { delivery_info: info, delivery_tag: tag } = properties
  if (typeof tag !== 'string' && typeof tag !== 'number') return 'properties.delivery_tag'
  if (isRecord(info) && Object.hasOwn(info, 'exchange') && Object.hasOwn(info, 'routing_key')) return null
  return 'properties.delivery_info with exchange and routing_key'
}

/** Text that can be a key: a lone surrogate would be changed on its way. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Surrogate}/u.test(value)
}

/** As kombu's `_get_message_priority`: what Python's `int()` makes of it, 0 where it makes nothing, 0 to 9. */
function priorityOf(value: unknown): number {
  const readable =
    typeof value === 'string' ? /^\s*[+-]?\d+\s*$/.test(value) : ['number', 'boolean'].includes(typeof value)
  return readable ? Math.min(Math.max(Math.trunc(Number(value)), 0), 9) : 0
}

/** The message of an entry's text, marked as kombu's `_do_restore_message` marks it; without headers it marks nothing. */
function redelivered(text: string): string {
  const numbers = new WrittenNumbers()
  const [message] = JSON.parse(numbers.hide(text)) as [{ headers?: object; properties: { delivery_info: object } }]
  const { headers, properties } = message
  if (headers !== undefined) {
    Object.assign(headers, { redelivered: true })
    Object.assign(properties.delivery_info, { redelivered: true })
  }
  return numbers.show(JSON.stringify(message))
}

/** As kombu's `TopicExchange`: `#` stands for any text, `*` for text that does not end with a dot. */
export function matchesTopic(key: string, routingKey: string): boolean {
  let ends = [0]
  for (const [index, word] of key.split('.').entries()) {
    if (index > 0) ends = ends.flatMap((end) => (routingKey[end] === '.' ? [end + 1] : []))
    const first = ends[0] ?? Infinity
    const places = Array.from({ length: routingKey.length + 1 }, (_, place) => place)
    if (word === '#') ends = places.filter((place) => place >= first)
    else if (word === '*') ends = places.filter((place) => place > first && routingKey[place - 1] !== '.')
    else ends = ends.flatMap((end) => (routingKey.startsWith(word, end) ? [end + word.length] : []))
  }
  return ends.includes(routingKey.length)
}

/** What is noted of a task that is set aside, as far as its message can be read. */
function taskOf(envelope: unknown): { id: string | null; name: string | null; expires: number | null } {
  try {
    return decodeMessage(Buffer.from(JSON.stringify(envelope)))
  } catch {
    return { id: null, name: null, expires: null }
  }
}
