import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type TracerConfig,
} from '@opentelemetry/sdk-trace-base'

/** An OpenTelemetry SDK in this process, as a user registers one; ended by `close`. */
export class Telemetry {
  readonly #exporter = new InMemorySpanExporter()

  /** @param config the user's own sampler and processors */
  constructor({ spanProcessors = [], ...config }: TracerConfig = {}) {
    const processors = [new SimpleSpanProcessor(this.#exporter), ...spanProcessors]
    trace.setGlobalTracerProvider(new BasicTracerProvider({ ...config, spanProcessors: processors }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()]
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }))
  }

  /** Those that have ended, in that order. */
  get spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans()
  }

  /** The only one that has ended. */
  get only(): ReadableSpan {
    const [span, ...others] = this.spans
    if (span === undefined || others.length > 0) throw new Error(`expected one span, came ${this.spans.length}`)
    return span
  }

  close(): void {
    trace.disable()
    context.disable()
    propagation.disable()
  }
}
