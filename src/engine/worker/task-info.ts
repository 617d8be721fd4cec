import { isRecord, readEnvelope, type TaskMessage } from '../message.ts'
import { cutAt, pythonRepr, tupleRepr } from '../python-repr.ts'
import type { TaskDefinition } from '../task.ts'
import type { Json } from '../wire-value.ts'
import { hidden, maskedArguments } from './masked-arguments.ts'
import { readSmallArguments } from './small-arguments.ts'

/** Larger messages are not looked into, in bytes: the main thread has other work. */
const largestMessage = 65_536

/** Longer texts of a sender are cut, in characters: Celery's own bound of what it writes. */
const longestText = 1_024

/** What is told of one message. */
export interface TaskInfoOptions {
  readonly message: TaskMessage
  readonly raw: Uint8Array
  /** The queue that it was on. */
  readonly queue: string
  /** Null: it is of no task that is known here. */
  readonly task: TaskDefinition | null
  readonly node: string
  /** When it began, Unix milliseconds; null: it has not. */
  readonly begunAt: number | null
  /** Arguments as text alone. */
  readonly safe: boolean
}

/**
 * What Celery tells of a message that a worker holds (celery.worker.request.Request.info).
 *
 * Arguments are shown as they are where they are small and the sender's own text says just the same; else that text is: whoever
 * wrote another one wanted something hidden. Of a task with a `mask` what that gives is shown, whoever sent it.
 */
export function taskInfo(options: TaskInfoOptions): Json {
  const { message, raw, queue, node, begunAt } = options
  const envelope = raw.length <= largestMessage ? readEnvelope(raw) : {}
  const headers = recordIn(envelope, 'headers')
  const properties = recordIn(envelope, 'properties')
  const delivery = recordIn(properties, 'delivery_info')
  return {
    id: message.id,
    name: textIn(headers, 'shadow') ?? message.name,
    ...argumentsOf(options, headers),
    type: message.name,
    hostname: node,
    time_start: begunAt === null ? null : begunAt / 1000,
    // A message is acknowledged when its outcome is settled.
    acknowledged: false,
    delivery_info: {
      exchange: textIn(delivery, 'exchange') ?? '',
      routing_key: textIn(delivery, 'routing_key') ?? queue,
      priority: typeof properties['priority'] === 'number' ? properties['priority'] : 0,
      redelivered: delivery['redelivered'] === true,
    },
    worker_pid: begunAt === null ? null : process.pid,
  }
}

interface Shown {
  readonly args: Json
  readonly kwargs: Json
}

function argumentsOf({ message, task, safe }: TaskInfoOptions, headers: Record<string, unknown>): Shown {
  if (task?.options.mask !== undefined) return maskedArguments(message, task)
  const sent = readSmallArguments(message)
  const args = textIn(headers, 'argsrepr')
  const kwargs = textIn(headers, 'kwargsrepr')
  return {
    args: shown(sent?.args, args, safe) ?? hidden.args,
    kwargs: shown(sent?.kwargs, kwargs, safe) ?? hidden.kwargs,
  }
}

/** @param text as the sender has written it, if it has */
function shown(value: Json[] | { [name: string]: Json } | undefined, text: string | null, safe: boolean): Json {
  if (value === undefined) return text
  const asTuple = Array.isArray(value) ? tupleRepr(value, Infinity) : pythonRepr(value)
  if (safe) return text ?? asTuple
  return text === null || text === asTuple || text === pythonRepr(value) ? value : text
}

function recordIn(of: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = of[name]
  return isRecord(value) ? value : {}
}

function textIn(of: Record<string, unknown>, name: string): string | null {
  const value = of[name]
  return typeof value === 'string' ? cutAt(value, longestText) : null
}
