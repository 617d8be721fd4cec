import type { Redis } from 'ioredis'

/** What became of a message, as the page is told. */
export const MESSAGE_STATUSES = ['queued', 'sending', 'sent', 'failed'] as const

export type MessageStatus = (typeof MESSAGE_STATUSES)[number]

/** The state of a task by its id, in Celery's words; PENDING for one that has no result yet. */
export type ReadTaskState = (taskId: string) => Promise<string>

const statuses: Readonly<Record<string, MessageStatus>> = {
  PENDING: 'queued',
  RETRY: 'queued',
  STARTED: 'sending',
  SUCCESS: 'sent',
  FAILURE: 'failed',
  REVOKED: 'failed',
  UNCERTAIN: 'failed',
}

/** What is kept of a message: whether its page is told what became of it. */
const TOLD = '1'
const HIDDEN = 'hidden'

/** After this a message of which nothing may be told counts as sent, in milliseconds. */
const HIDDEN_SENT_AFTER_MS = 1_500

/**
 * Remembers which task ids were given to pages, so that nobody can ask for other tasks. The id is the secret.
 *
 * Of some messages nothing may be told, as only those to accounts are really sent: they are `queued`, and a moment later
 * `sent`, whatever became of them.
 */
export class SentMessages {
  readonly #redis: Redis
  readonly #readTaskState: ReadTaskState
  readonly #ttlSeconds: number

  /** @param ttlSeconds how long a page may ask for a message */
  constructor(redis: Redis, readTaskState: ReadTaskState, ttlSeconds: number) {
    this.#redis = redis
    this.#readTaskState = readTaskState
    this.#ttlSeconds = ttlSeconds
  }

  /** From now on the page may ask for this task. @param options.hidden nothing may be told of it */
  async note(taskId: string, { hidden }: { hidden: boolean }): Promise<void> {
    await this.#redis.set(key(taskId), hidden ? HIDDEN : TOLD, 'EX', this.#ttlSeconds)
  }

  /** @returns null for an id that was not given to a page, or too long ago */
  async status(taskId: string): Promise<MessageStatus | null> {
    const kind = await this.#redis.get(key(taskId))
    if (kind === null) return null
    if (kind === HIDDEN) return this.#statusByAge(taskId)
    return statuses[await this.#readTaskState(taskId)] ?? 'queued'
  }

  async #statusByAge(taskId: string): Promise<MessageStatus> {
    const ageMs = this.#ttlSeconds * 1000 - (await this.#redis.pttl(key(taskId)))
    return ageMs < HIDDEN_SENT_AFTER_MS ? 'queued' : 'sent'
  }
}

function key(taskId: string): string {
  return `sms_task_${taskId}`
}
