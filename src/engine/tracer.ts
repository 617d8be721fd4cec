import type { Outcome } from './outcome.ts'
import type { TraceHeaders } from './trace-headers.ts'

/** A message that is about to be sent. */
export interface SentTask {
  readonly id: string
  readonly name: string
  readonly queue: string
}

/** A message on its way to the broker. */
export interface SentSpan {
  /** What the message says of its trace; undefined: nothing. */
  readonly headers: TraceHeaders | undefined
  /** The broker has it. @param error it did not say so */
  ended(error?: unknown): void
  /** It was not sent: no longer wanted. */
  dropped(): void
}

/** What goes with a job into its thread where runs are traced. */
export interface RunTrace {
  readonly queue: string
  /** What its message says of its trace; null: nothing. */
  readonly headers: TraceHeaders | null
}

/** A run of a task. */
export interface TracedRun {
  readonly id: string
  readonly name: string
  readonly retries: number
  readonly trace: RunTrace
  /** Whether the task masks its arguments: what its errors say may quote them. */
  readonly masked: boolean
}

/** Tells the user's OpenTelemetry SDK of what is sent and run. Where there is none the engine has null, and pays nothing. */
export interface Tracer {
  /** The module of OpenTelemetry's API, as a file URL: what threads are told. */
  readonly api: string
  /** Begins the span of a message, under the span that is active. */
  sends(task: SentTask): SentSpan
  /** Runs a task in a span under that of its message. */
  runs(task: TracedRun, run: () => Promise<Outcome>): Promise<Outcome>
  /** A run whose thread ended under it, and its span with the thread. @param sinceMs how long ago it began, in milliseconds */
  lost(task: TracedRun, outcome: Outcome, sinceMs: number): void
  /**
   * Does something outside of whatever span is active. What is begun for all (timers, threads, what goes to the broker together) would else keep
   * for good the trace of the one who happened to begin it.
   */
  apart<T>(work: () => T): T
  /** The id of the trace whose span is active; undefined: none is. */
  activeTraceId(): string | undefined
  /** Has the SDK send on what it holds. Resolves when it has, or after two seconds. */
  flush(): Promise<void>
}
