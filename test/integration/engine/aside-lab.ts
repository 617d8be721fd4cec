import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import type { AsideKind } from '../../../src/engine/broker/broker.ts'
import { DeadLetters } from '../../../src/engine/broker/dead-letters.ts'
import { BrokerKeys } from '../../../src/engine/broker/keys.ts'

const [celeryLine = ''] = readFileSync(
  new URL('../../fixtures/celery/task_messages.jsonl', import.meta.url),
  'utf8',
).split('\n')

/** A message as a Celery client wrote it, with some headers and properties of its own. */
export function message(headers: object = {}, properties: object = {}): string {
  const { raw } = JSON.parse(celeryLine) as { raw: string }
  const written = JSON.parse(raw) as { headers: object; properties: object }
  return JSON.stringify({
    ...written,
    headers: { ...written.headers, ...headers },
    properties: { ...written.properties, ...properties },
  })
}

/** What is set aside; the rest has defaults. */
export interface Aside {
  kind?: AsideKind
  queue?: string
  entry?: string
  /** Unix milliseconds; default: one more than the last one's. */
  time?: number
  /** null: the message is gone. */
  raw?: string | Buffer | null
  task?: string | null
  id?: string | null
  note?: object
  profile?: string
}

/** Dead letters on a real Redis, under a prefix of their own. */
export class AsideLab {
  readonly redis: Redis
  readonly keys = new BrokerKeys(`test-${randomUUID()}:`)
  readonly letters: DeadLetters
  #last = 1_000_000

  constructor(socketPath: string) {
    this.redis = new Redis({ path: socketPath, db: 10, maxRetriesPerRequest: 0 })
    this.redis.on('error', () => {})
    this.letters = this.another()
  }

  /** The same, as another process has it. */
  another(): DeadLetters {
    return new DeadLetters({ redis: this.redis, keys: this.keys })
  }

  close(): void {
    this.redis.disconnect()
  }

  /** Sets messages aside, as the scripts of the broker do. @returns their entries */
  async put(...asides: Aside[]): Promise<string[]> {
    const pipeline = this.redis.pipeline()
    const entries = asides.map((aside) => {
      const { kind = 'dead', queue = 'celery', entry = randomUUID(), raw = message(), profile } = aside
      const { time = this.#last + 1, task = 'proj.add', id = null } = aside
      this.#last = Math.max(time, this.#last)
      const set = this.keys.aside(kind, queue)
      const note = aside.note ?? { reason: 'RangeError: too far', id, task, time }
      pipeline.sadd(this.keys.asideIndex(), set).zadd(set, time, entry).hset(`${set}:n`, entry, JSON.stringify(note))
      if (raw !== null) pipeline.set(`${set}:m:${entry}`, raw, 'PX', 100_000)
      if (profile !== undefined) pipeline.set(`${set}:p:${entry}`, profile, 'PX', 100_000)
      return entry
    })
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error
    return entries
  }

  /** The messages of a list, as they are, from the one that is served next. */
  async onList(queue = 'celery', priority = 0): Promise<Buffer[]> {
    return (await this.redis.lrangeBuffer(this.keys.list(queue, priority), 0, -1)).toReversed()
  }

  /** Everything that is kept of set-aside messages of a kind: the keys beside its set, and what the notes are of. */
  async kept(kind: AsideKind, queue = 'celery'): Promise<{ entries: string[]; notes: string[]; strings: string[] }> {
    const set = this.keys.aside(kind, queue)
    const strings = [...(await this.redis.keys(`${set}:m:*`)), ...(await this.redis.keys(`${set}:p:*`))]
    return {
      entries: await this.redis.zrange(set, '0', '-1'),
      notes: await this.redis.hkeys(`${set}:n`),
      strings: strings.map((key) => key.slice(set.length)),
    }
  }

  /** The server's time, Unix milliseconds. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.redis.time()
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  }
}
