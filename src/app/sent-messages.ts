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

/** Remembers which task ids were given to pages, so that nobody can ask for other tasks. The id is the secret. */
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

  /** From now on the page may ask for this task. */
  async note(taskId: string): Promise<void> {
    await this.#redis.set(key(taskId), '1', 'EX', this.#ttlSeconds)
  }

  /** @returns null for an id that was not given to a page, or too long ago */
  async status(taskId: string): Promise<MessageStatus | null> {
    if ((await this.#redis.exists(key(taskId))) === 0) return null
    return statuses[await this.#readTaskState(taskId)] ?? 'queued'
  }
}

function key(taskId: string): string {
  return `sms_task_${taskId}`
}
