import type { Redis } from 'ioredis'
import { jsonText } from '../json-text.ts'
import { decodeMessage, type TaskMessage } from '../message.ts'
import { BrokerKeys } from './keys.ts'
import { LuaScript } from './lua-scripts.ts'

const scripts = { list: new LuaScript('find-message'), schedule: new LuaScript('find-scheduled') }

/** So many messages are looked at in one call, and so many bytes, about: bounds the time that Redis is busy with it. */
const chunk = 1_000
const chunkBytes = 4_194_304

/** Most messages that are looked at of a list, or of a schedule. */
const mostLookedAt = 20_000

/** A larger scheduled message is not looked at, in bytes. */
const largestScheduled = 524_288

/** Most limits whose messages are looked at. */
const mostLimits = 100

/** A message that waits. */
export interface WaitingMessage {
  /** On its queue; on the schedule; or for its task's rate limit. */
  readonly place: 'queue' | 'schedule' | 'limited'
  readonly queue: string
  readonly raw: Uint8Array
  readonly message: TaskMessage
  /** When it is due, Unix milliseconds of the broker's clock; null: at once. */
  readonly dueAt: number | null
}

/** Looks for messages by the id of their task. Of a place with very many messages only those that are served next are looked at. */
export class MessageSearch {
  readonly #redis: Redis
  readonly #keys: BrokerKeys

  constructor({ redis, keys }: { readonly redis: Redis; readonly keys: BrokerKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  /** @returns null: it waits on none of the queues, or behind too many others */
  async find(id: string, queues: readonly string[]): Promise<WaitingMessage | null> {
    for (const queue of queues) {
      const found =
        (await this.#onQueue(id, queue)) ?? (await this.#scheduled(id, queue)) ?? (await this.#limited(id, queue))
      if (found !== null) return found
    }
    return null
  }

  async #onQueue(id: string, queue: string): Promise<WaitingMessage | null> {
    for (const list of this.#keys.lists(queue)) {
      const found = await this.#inList(id, list, (raw) => raw)
      if (found !== null) return { place: 'queue', queue, ...found, dueAt: null }
    }
    return null
  }

  async #scheduled(id: string, queue: string): Promise<WaitingMessage | null> {
    for (let seen = 0; seen < mostLookedAt;) {
      const args = [textOf(id), seen, chunk, largestScheduled, chunkBytes]
      const reply = await scripts.schedule.run(this.#redis, [this.#keys.schedule(queue)], args)
      const [count, raw, due] = reply as [number, Buffer, Buffer]
      if (count === 0) return null
      seen += count
      const message = raw.length === 0 ? null : messageOf(raw, id)
      if (message !== null) return { place: 'schedule', queue, raw, message, dueAt: Number(String(due)) }
    }
    return null
  }

  async #limited(id: string, queue: string): Promise<WaitingMessage | null> {
    const limited = this.#keys.limited(queue)
    let left = mostLimits
    for (const task of await this.#redis.hkeys(limited)) {
      const keys = await this.#redis.zrange(`${limited}:${task}`, '0', String(left - 1))
      for (const key of keys) {
        // `<list key>\0<expires>\0<task id>\0<message>` (limited.lua)
        const list = `${limited}:${task}${BrokerKeys.separator}${key}`
        const found = await this.#inList(id, list, (stored) => stored.subarray(stored.lastIndexOf(0) + 1))
        if (found !== null) return { place: 'limited', queue, ...found, dueAt: null }
      }
      left -= keys.length
      if (left <= 0) break
    }
    return null
  }

  async #inList(
    id: string,
    list: string,
    rawOf: (stored: Buffer) => Buffer,
  ): Promise<{ raw: Buffer; message: TaskMessage } | null> {
    for (let seen = 0; seen < mostLookedAt;) {
      const reply = await scripts.list.run(this.#redis, [list], [textOf(id), seen, chunk, chunkBytes])
      const [count, stored] = reply as [number, Buffer]
      if (count === 0) return null
      seen += count
      if (stored.length === 0) continue
      const raw = rawOf(stored)
      const message = messageOf(raw, id)
      if (message !== null) return { raw, message }
    }
    return null
  }
}

/** As a message has it, between its quotes. */
function textOf(id: string): string {
  return jsonText(id).slice(1, -1)
}

/** null: it is another task's, or can't be read. */
function messageOf(raw: Buffer, id: string): TaskMessage | null {
  try {
    const message = decodeMessage(raw)
    return message.id === id ? message : null
  } catch {
    return null
  }
}
