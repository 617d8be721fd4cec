import type * as OpenTelemetry from '@opentelemetry/api'
import type { Attributes, Context, Span, Tracer as ApiSpans } from '@opentelemetry/api'
import { attempted } from '../attempted.ts'
import { EngineError } from '../errors.ts'
import { failureOf, type Outcome, type TaskFailure } from '../outcome.ts'
import { readTraceHeaders, type TraceHeaders } from '../trace-headers.ts'
import type { SentSpan, SentTask, TracedRun, Tracer } from '../tracer.ts'

/** How long the SDK may take to send on what it holds, in milliseconds. */
const flushMs = 2_000

/**
 * Tells an SDK by OpenTelemetry's API. Names and attributes follow OpenTelemetry's conventions for messaging; what those have no name for
 * is named as its instrumentation of Celery for Python does, and what that has none for, `lovage.`.
 */
export class ApiTracer implements Tracer {
  readonly api: string
  readonly #telemetry: typeof OpenTelemetry
  readonly #spans: ApiSpans

  /** @param api where the module was loaded from, as a file URL */
  constructor(api: string, telemetry: typeof OpenTelemetry) {
    this.api = api
    this.#telemetry = telemetry
    this.#spans = telemetry.trace.getTracer('lovage')
  }

  sends(task: SentTask): SentSpan {
    return attempted(() => this.#sends(task)) ?? { headers: undefined, ended: () => {}, dropped: () => {} }
  }

  async runs(task: TracedRun, run: () => Promise<Outcome>): Promise<Outcome> {
    const { trace, context } = this.#telemetry
    const begun = attempted(() => {
      const parent = this.#parentOf(task)
      const span = this.#begin(task, parent)
      return { span, active: trace.setSpan(parent, span) }
    })
    if (begun === undefined) return run()
    const { span, active } = begun
    const outcome = await context.with(active, run).catch((error: unknown) => {
      attempted(() => this.#fail(span, failureOf(error), task.masked))
      attempted(() => span.end())
      throw error
    })
    attempted(() => this.#end(span, task, outcome))
    const headers = sendsMore(outcome) ? attempted(() => this.#headersOf(active)) : undefined
    return headers === undefined ? outcome : { ...outcome, trace: headers }
  }

  lost(task: TracedRun, outcome: Outcome, sinceMs: number): void {
    attempted(() => this.#end(this.#begin(task, this.#parentOf(task), Date.now() - sinceMs), task, outcome))
  }

  apart<T>(work: () => T): T {
    const { context, ROOT_CONTEXT } = this.#telemetry
    return context.with(ROOT_CONTEXT, work)
  }

  activeTraceId(): string | undefined {
    return this.#telemetry.trace.getActiveSpan()?.spanContext().traceId
  }

  async flush(): Promise<void> {
    const provider: unknown = this.#telemetry.trace.getTracerProvider()
    const registered = delegateOf(provider)
    if (!canFlush(registered)) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, flushMs)))
    // An exporter that fails has told so itself, and what it lost is no reason for anything here.
    const flushed = Promise.resolve()
      .then(() => registered.forceFlush())
      .catch(() => undefined)
    await Promise.race([flushed, late])
    clearTimeout(timer)
  }

  #sends(task: SentTask): SentSpan {
    const { trace, context, SpanKind } = this.#telemetry
    const attributes = attributesOf('send', task)
    const span = this.#spans.startSpan(`send ${task.name}`, { kind: SpanKind.PRODUCER, attributes })
    const ended = (error: unknown): void => {
      // What it says may quote an argument.
      if (error !== undefined) this.#fail(span, { ...failureOf(error), type: kindOf(error) }, true)
      span.end()
    }
    const headers = attempted(() => this.#headersOf(trace.setSpan(context.active(), span)))
    const dropped = (): void => {
      span.setAttribute('lovage.outcome', 'not_sent')
      span.end()
    }
    return { headers, ended: (error) => attempted(() => ended(error)), dropped: () => attempted(dropped) }
  }

  #begin(task: TracedRun, parent: Context, startTime?: number): Span {
    const { id, name, retries, trace } = task
    const attributes = { ...attributesOf('process', { id, name, queue: trace.queue }), 'celery.retries': retries }
    const kind = this.#telemetry.SpanKind.CONSUMER
    return this.#spans.startSpan(
      `process ${name}`,
      { kind, attributes, ...(startTime !== undefined && { startTime }) },
      parent,
    )
  }

  #end(span: Span, { masked }: TracedRun, outcome: Outcome): void {
    span.setAttribute('lovage.outcome', outcome.kind)
    if ('error' in outcome) this.#fail(span, outcome.error, masked)
    else if (outcome.kind === 'unreadable') {
      this.#fail(span, { type: 'DecodeError', message: outcome.reason, stack: null }, masked)
    }
    span.end()
  }

  /** @param masked what the error says may quote what is not to be seen: its class alone is told */
  #fail(span: Span, { type, message, stack }: TaskFailure, masked: boolean): void {
    const said = masked ? {} : { message, ...(stack !== null && { stack }) }
    span.recordException({ name: type, ...said })
    span.setAttribute('error.type', type)
    span.setStatus({ code: this.#telemetry.SpanStatusCode.ERROR, ...(!masked && { message }) })
  }

  #parentOf({ trace: { headers } }: TracedRun): Context {
    const { ROOT_CONTEXT, propagation } = this.#telemetry
    return headers === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers)
  }

  #headersOf(context: Context): TraceHeaders | undefined {
    const carrier: Record<string, unknown> = {}
    this.#telemetry.propagation.inject(context, carrier)
    return readTraceHeaders(carrier['traceparent'], carrier['tracestate'], carrier['baggage']) ?? undefined
  }
}

function attributesOf(operation: 'send' | 'process', { id, name, queue }: SentTask): Attributes {
  return {
    'messaging.system': 'celery',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'celery.task_name': name,
  }
}

/** Errors of ours are told apart by their code. */
function kindOf(error: unknown): string {
  return error instanceof EngineError ? error.code : failureOf(error).type
}

/** Whether anything may be sent because of a run. */
function sendsMore({ kind, follows }: Outcome): boolean {
  return follows !== undefined || kind === 'replaced'
}

/** What an SDK has registered: the API hands out one in front of it. */
function delegateOf(provider: unknown): unknown {
  if (typeof provider !== 'object' || provider === null || !('getDelegate' in provider)) return provider
  const { getDelegate } = provider
  return typeof getDelegate === 'function' ? getDelegate.call(provider) : provider
}

function canFlush(provider: unknown): provider is { forceFlush(): unknown } {
  return (
    typeof provider === 'object' &&
    provider !== null &&
    'forceFlush' in provider &&
    typeof provider.forceFlush === 'function'
  )
}
