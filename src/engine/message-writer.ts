import { jsonText } from './json-text.ts'
import { tupleRepr } from './python-repr.ts'
import { traceHeadersText, type TraceHeaders } from './trace-headers.ts'
import { uniqueTag } from './unique-tag.ts'
import { isoFromMs, toWire } from './wire-value.ts'

/** What is the same in all messages of one sender for one task. */
export interface MessageKind {
  readonly name: string
  /** Who sends, as Celery writes it: `<pid>@<node>`. */
  readonly origin: string
  readonly ignoreResult?: boolean
}

/** What differs from one message to the next. */
export interface MessageCall {
  readonly args: readonly unknown[]
  /** The arguments as tools may show them; `args` where it is absent. */
  readonly shownArgs?: readonly unknown[] | undefined
  readonly id: string
  readonly queue: string
  /** Unix milliseconds before which the task must not run. */
  readonly eta?: number | undefined
  /** Unix milliseconds after which the task must not run any more. */
  readonly expiresAt?: number | undefined
  /** 0 to 9; 0 is served first. */
  readonly priority?: number | undefined
  /** Seconds, of this message; win over the task's own. */
  readonly timeLimit?: number | undefined
  readonly softTimeLimit?: number | undefined
  /** When it is sent, Unix milliseconds. */
  readonly sentAt: number
  /** The trace that it is part of. */
  readonly trace?: TraceHeaders | undefined
}

/** `[[],{},null]`. */
const emptyBody = 'W1tdLHt9LG51bGxd'

/**
 * Writes protocol 2 messages of one task (docs.celeryq.dev, "Message Protocol"), one JSON text each.
 *
 * What is always the same is put together once, and what a Celery worker takes for granted is left out: a message is copied
 * several times on its way through Redis, and waits in its memory. The order of the fields is that which `fast-message`
 * reads; another would be read too, but slowly.
 */
export class MessageWriter {
  readonly #name: string
  readonly #beforeId: string
  readonly #afterArgs: string
  #queue: string | null = null
  /** The start of the properties, for that queue. */
  #properties = ''

  constructor({ name, origin, ignoreResult = false }: MessageKind) {
    this.#name = name
    this.#beforeId = `","content-encoding":"utf-8","content-type":"application/json","headers":{"lang":"js","task":${jsonText(name)},"id":`
    this.#afterArgs = `,"kwargsrepr":"{}","origin":${jsonText(origin)}${ignoreResult ? ',"ignore_result":true' : ''}`
  }

  /** @throws EngineError ARGUMENT_INVALID */
  write({
    args,
    shownArgs = args,
    id,
    queue,
    eta,
    expiresAt,
    priority,
    timeLimit,
    softTimeLimit,
    sentAt,
    trace,
  }: MessageCall): string {
    const body = args.length === 0 ? emptyBody : this.#body(args)
    const argsRepr = jsonText(tupleRepr(shownArgs))
    if (queue !== this.#queue) this.#turnTo(queue)
    const expires = expiresAt === undefined ? '' : `,"expires":"${isoFromMs(expiresAt)}"`
    const limits =
      timeLimit === undefined && softTimeLimit === undefined
        ? ''
        : `,"timelimit":[${timeLimit ?? null},${softTimeLimit ?? null}]`
    const afterArgs = trace === undefined ? this.#afterArgs : this.#afterArgs + traceHeadersText(trace)
    // Its retry will have both, in this order.
    const due = eta === undefined ? '' : `,"retries":0,"eta":"${isoFromMs(eta)}"`
    const urgency = priority === undefined || priority === 0 ? '' : `,"priority":${priority}`
    // AMQP's own name for it, in seconds: the age of a queue's oldest message is read from it. On the schedule none waits.
    const timestamp = (eta === undefined ? sentAt : Math.max(sentAt, eta)) / 1000
    return `{"body":"${body}${this.#beforeId}${jsonText(id)}${expires}${limits},"argsrepr":${argsRepr}${afterArgs}${due}${this.#properties}${urgency},"body_encoding":"base64","delivery_tag":"${uniqueTag()}","timestamp":${timestamp}}}`
  }

  #turnTo(queue: string): void {
    this.#properties = `},"properties":{"delivery_info":{"exchange":"","routing_key":${jsonText(queue)}}`
    this.#queue = queue
  }

  #body(args: readonly unknown[]): string {
    let end = args.length
    while (end > 0 && args[end - 1] === undefined) end -= 1
    const sent: unknown[] = []
    for (let index = 0; index < end; index += 1) {
      const arg = args[index]
      const isText = typeof arg === 'string'
      sent.push(isText ? arg : toWire(arg, `${this.#name}: argument ${index + 1}`))
    }
    return Buffer.from(`[${JSON.stringify(sent)},{},null]`).toString('base64')
  }
}
