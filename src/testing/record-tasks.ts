import { readBody } from '../engine/body.ts'
import type { CanvasMessage } from '../engine/canvas/following.ts'
import type { BoundTasks } from '../engine/bound-tasks.ts'
import type { Client } from '../engine/client.ts'
import { decodeMessage } from '../engine/message.ts'
import type { TaskDefinition } from '../engine/task.ts'
import { tasksOf, type Definitions } from './definitions.ts'
import { testClient } from './test-client.ts'

/** One task that was sent, read from its message. */
export interface SentTask<Args extends unknown[] = unknown[]> {
  readonly id: string
  readonly name: string
  /** As the task would get them. */
  readonly args: Args
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly queue: string
  /** 0 to 9; 0 is served first. */
  readonly priority: number
  /** When it may start, and when it may no more; null: at any time. */
  readonly eta: Date | null
  readonly expires: Date | null
  /** Seconds, of this call; null: the task's own. */
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
  readonly idempotencyKey: string | null
}

/** Tasks that can be sent, and are run by nobody. */
export interface RecordedTasks<Given extends Definitions> {
  /** For what takes a client. */
  readonly client: Client
  /** The definitions, bound to it. */
  readonly tasks: BoundTasks<Given>
  /** What was sent, in its order. */
  readonly sent: readonly SentTask[]
  /** Ids of what was revoked, in its order. */
  readonly revoked: readonly string[]
  /** What was sent of one task. */
  readonly of: <Args extends unknown[]>(task: TaskDefinition<Args>) => readonly SentTask<Args>[]
  /** Forgets what was sent and revoked, and idempotency keys. */
  readonly clear: () => void
}

/**
 * A client that sends nothing and keeps what it would send, for tests of what a program asks for. Messages are written and read as
 * on the wire: what can't travel is refused, and arguments are what a task would get. Nobody runs them, so there are no results.
 *
 * @param definitions as `client.bind` takes them
 * @param options.defaultQueue for calls that name none; default `celery`
 * @throws EngineError OPTION_INVALID, TASK_NAME_TAKEN
 */
export function recordTasks<Given extends Definitions>(
  definitions: Given,
  { defaultQueue = 'celery' }: { readonly defaultQueue?: string } = {},
): RecordedTasks<Given> {
  const sent: SentTask[] = []
  const revoked: string[] = []
  const keys = new Map<string, string>()
  const client = testClient({
    sender: {
      now: () => Date.now(),
      enqueue: async ({ queue, priority, taskId, message, once }) => {
        const known = once === undefined ? undefined : keys.get(once.key)
        if (known !== undefined) return known
        if (once !== undefined) keys.set(once.key, taskId)
        sent.push(sentTask(message, queue, priority, once?.key ?? null))
        return taskId
      },
      enqueueAll: async (messages) => void sent.push(...messages.map(fromCanvas)),
    },
    results: null,
    onChords: () => undefined,
    onRevoked: (ids) => void revoked.push(...ids),
    tasks: tasksOf(definitions),
    defaultQueue,
  })
  return {
    client,
    tasks: client.bind(definitions),
    sent,
    revoked,
    of: <Args extends unknown[]>(task: TaskDefinition<Args>) =>
      sent.filter(({ name }) => name === task.name) as unknown as readonly SentTask<Args>[],
    clear: () => {
      sent.length = 0
      revoked.length = 0
      keys.clear()
    },
  }
}

/** A message whose place for a chord's results is still empty is none that a client sends. */
function fromCanvas({ text, queue, priority }: CanvasMessage): SentTask {
  return sentTask(String(text), queue, priority, null)
}

function sentTask(text: string, queue: string, priority: number, idempotencyKey: string | null): SentTask {
  const message = decodeMessage(Buffer.from(text))
  const { args, kwargs } = readBody(message)
  const { id, name, eta, expires, timeLimit } = message
  const [hard, soft] = timeLimit
  const times = { eta: dateOf(eta), expires: dateOf(expires) }
  return {
    id,
    name,
    args: [...args],
    kwargs,
    queue,
    priority,
    ...times,
    timeLimit: hard,
    softTimeLimit: soft,
    idempotencyKey,
  }
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}
