import { randomUUID } from 'node:crypto'
import type { Outgoing, Sender } from './broker/broker.ts'
import type { MessageWriter } from './message-writer.ts'
import { checkSendOptions, type EtaPlace, type SendOptions } from './send-options.ts'
import type { TraceHeaders } from './trace-headers.ts'

/** What is the same in all calls of a task. */
export interface TaskKind {
  readonly name: string
  readonly writer: MessageWriter
  readonly mask: ((...args: never[]) => readonly unknown[]) | undefined
}

/** What holds for all that a client sends. */
export interface SendDefaults {
  readonly sender: Pick<Sender, 'now'>
  /** Queue for calls that name none. */
  readonly defaultQueue: string
  /** Where messages wait that are due later, for calls that do not say it. */
  readonly etaIn: EtaPlace
}

/**
 * The message of a call that says nothing of how it is sent.
 *
 * @throws EngineError ARGUMENT_INVALID
 */
export function plainMessage(
  { mask, writer }: TaskKind,
  args: readonly unknown[],
  { sender, defaultQueue: queue }: SendDefaults,
): Outgoing {
  const taskId = randomUUID()
  const shownArgs = mask?.(...(args as never[]))
  const message = writer.write({ args, shownArgs, id: taskId, queue, sentAt: sender.now() })
  return { queue, taskId, message, priority: 0 }
}

/**
 * The message of a call that says how it is sent.
 *
 * @throws EngineError OPTION_INVALID, ARGUMENT_INVALID
 */
export function messageWith(
  { name, mask, writer }: TaskKind,
  args: readonly unknown[],
  options: SendOptions,
  defaults: SendDefaults,
  trace: TraceHeaders | undefined,
): Outgoing {
  checkSendOptions(name, options)
  const { taskId = randomUUID(), queue = defaults.defaultQueue, priority = 0, etaIn = defaults.etaIn } = options
  const { countdown, expiresInSeconds, timeLimit, softTimeLimit, idempotencyKey, idempotencySeconds = 86_400 } = options
  const now = defaults.sender.now()
  const due = options.eta?.getTime() ?? (countdown === undefined ? undefined : now + countdown * 1000)
  const message = writer.write({
    args,
    shownArgs: mask?.(...(args as never[])),
    id: taskId,
    queue,
    eta: due,
    expiresAt: expiresInSeconds === undefined ? undefined : now + expiresInSeconds * 1000,
    priority,
    timeLimit,
    softTimeLimit,
    sentAt: now,
    trace,
  })
  return {
    queue,
    taskId,
    message,
    priority,
    ...(due !== undefined && etaIn === 'schedule' && { due }),
    ...(idempotencyKey !== undefined && { once: { key: idempotencyKey, ttlSeconds: idempotencySeconds } }),
  }
}
