import type { TraceHeaders } from './trace-headers.ts'
import type { SentSpan, SentTask, Tracer } from './tracer.ts'

/** The spans of messages that are sent together. */
export class SentSpans {
  readonly #tracer: Pick<Tracer, 'sends'>
  readonly #spans: SentSpan[] = []

  constructor(tracer: Pick<Tracer, 'sends'>) {
    this.#tracer = tracer
  }

  /** @returns what the message is to say of its trace */
  begin(task: SentTask): TraceHeaders | undefined {
    const span = this.#tracer.sends(task)
    this.#spans.push(span)
    return span.headers
  }

  /** The broker has taken the messages. @param error it did not say so */
  end(error?: unknown): void {
    for (const span of this.#spans) span.ended(error)
  }

  /** The messages are not sent. */
  drop(): void {
    for (const span of this.#spans) span.dropped()
  }

  /** They end when it is known whether the broker has taken the messages. */
  endWith(sending: Promise<unknown>): void {
    sending.then(
      () => this.end(),
      (error: unknown) => this.end(error),
    )
  }
}
