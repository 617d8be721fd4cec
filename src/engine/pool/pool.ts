import type { MessagePort } from 'node:worker_threads'
import type { BodyEncoding } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { RunTrace } from '../tracer.ts'
import type { Json } from '../wire-value.ts'
import type { ThreadCounts } from './thread-health.ts'

/** One run of a task, as plain data that crosses into a thread. */
export interface Job {
  /** Names the run within this process. */
  readonly key: number
  readonly id: string
  readonly name: string
  readonly retries: number
  /** What the run before tells this one. Never of a job that travels with others. */
  readonly memo?: string
  /** Where runs are traced. */
  readonly trace?: RunTrace
  /** The message's body as it came: JSON text, or that in base64. */
  readonly body: string
  readonly bodyEncoding: BodyEncoding
  /** How long it is expected to run, in milliseconds; null: nobody knows. Short ones share the slot of a thread. */
  readonly expectedMs: number | null
  /** Limits in seconds: the message's, else the task's; null for none. */
  readonly softTimeLimit: number | null
  readonly timeLimit: number | null
  /** On a thread to itself, because it may be the one that ends threads. */
  readonly isolated: boolean
}

/** Where tasks run. */
export interface Pool {
  /** What `-P` calls it. */
  readonly kind: PoolKind
  /** How many tasks run at once; `resize` changes it. */
  readonly concurrency: number
  /** Its threads, as Node counts them; none for the pool that has no threads of its own. */
  readonly threadIds: readonly number[]
  /** What its threads have been through. */
  readonly counts: ThreadCounts
  /** Why it can run no task, though it may have room; null: nothing is wrong. Tasks that hang or fail are no fault of the pool's. */
  readonly trouble: string | null
  /** Whether short tasks share a slot: they are run one after another, and go to the threads together. */
  readonly sharesSlots: boolean
  /** Makes the pool ready. Resolves when a task need not wait for a thread to start, or the pool has ended; never rejects. */
  start(): Promise<void>
  /**
   * Runs one task. Never rejects: a thread that dies gives the outcome `lost`. One that would have to wait for long although it was
   * expected to start soon gives the outcome `unstarted`: it has not begun, and is for others.
   */
  run(job: Job): Promise<Outcome>
  /** Sends on what it was given in this turn of the event loop: nothing more comes that could go with it. */
  flush(): void
  /**
   * The thread on which a job that it was given has begun, as Node counts it; 0: the main thread. null: it has not begun; one that waits for its
   * thread, or for others on it, has not.
   */
  threadOf(key: number): number | null
  /** Ends a running task, with its thread. Its outcome is `lost`, by the cause `terminated`. */
  terminate(key: number): void
  /** Changes how many tasks run at once, 1 or more. What runs goes on. `false`: this pool can't. */
  resize(concurrency: number): boolean
  /** Has new threads take the place of all there are, each of which ends when what runs on it has ended. `false`: it has none. */
  restart(): boolean
  /** Ends the pool now. What still runs gets the outcome `lost`, by the cause `stopped`. */
  destroy(): Promise<void>
}

/** The pools, by Celery's `-P`. */
export type PoolKind = 'threads' | 'async' | 'solo'

/** Told what a running task says of itself. */
export type OnState = (key: number, state: string, meta: Json) => void

/** A line that a running task has written into its log. */
export interface LogLine {
  readonly id: string
  readonly name: string
  readonly text: string
  /** When, Unix milliseconds of this machine. */
  readonly at: number
}

/** Told each line that running tasks log. */
export type OnLog = (line: LogLine) => void

/** What a thread is told when it starts; plain data. */
export interface ThreadData {
  /** Task files to load, as file URLs. */
  readonly files: readonly string[]
  /** Settings for tasks, one entry per subject. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Largest result in bytes of JSON. */
  readonly maxResultBytes: number
  /** OpenTelemetry's API, as a file URL; null: nothing is traced, and it is not loaded. */
  readonly tracing: string | null
}

/** How short jobs get into a thread, and their outcomes back: in cells of shared memory, and what is too large over a port. */
export interface ThreadLink {
  readonly cells: SharedArrayBuffer
  /** Batches come in, and for each a word that it is done goes out. */
  readonly batches: MessagePort
  readonly outcomes: MessagePort
}

/** What a thread answers to a job. */
export interface JobReply {
  readonly outcome: Outcome
  /** What its heap holds after the job, in KiB. */
  readonly heapKiB: number
}

/** What a thread says while a job runs. */
export interface StateMessage {
  readonly key: number
  readonly state: string
  readonly meta: Json
}

/** What tasks of a thread have logged. */
export interface LogMessage {
  readonly log: readonly LogLine[]
  /** How many lines were left out before these, because there were too many. */
  readonly lost: number
}

/** Whether a thread has said this: its user code may post what it likes. */
export function isLogMessage(message: unknown): message is LogMessage {
  if (typeof message !== 'object' || message === null) return false
  const { log, lost } = message as Partial<LogMessage>
  return Array.isArray(log) && typeof lost === 'number' && log.every(isLogLine)
}

function isLogLine(line: unknown): boolean {
  if (typeof line !== 'object' || line === null) return false
  const { id, name, text, at } = line as Partial<LogLine>
  return typeof id === 'string' && typeof name === 'string' && typeof text === 'string' && typeof at === 'number'
}

/** Whether a thread has said this: its user code may post what it likes. */
export function isStateMessage(message: unknown): message is StateMessage {
  if (typeof message !== 'object' || message === null) return false
  const { key, state } = message as Partial<StateMessage>
  return typeof key === 'number' && typeof state === 'string' && 'meta' in message
}
