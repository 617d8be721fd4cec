import type { Claim } from '../broker/broker.ts'
import type { TaskMessage } from '../message.ts'
import type { TaskFailure } from '../outcome.ts'
import type { TaskDefinition } from '../task.ts'
import type { Json } from '../wire-value.ts'

/** Why a task was not run, or was ended. */
export type Revocation = 'revoked' | 'expired' | 'terminated'

/**
 * Told what becomes of each task that a worker takes. It is told only where `on` says that somebody wants to know: most of the
 * time nobody does, and then not more is paid than that question.
 */
export interface TaskEvents {
  readonly on: boolean
  /** It was taken from its queue. */
  received(claim: Claim, message: TaskMessage, task: TaskDefinition): void
  /** It was handed to a thread. */
  started(message: TaskMessage): void
  /** From here on: what became of it, after that has been written. */
  succeeded(message: TaskMessage, task: TaskDefinition, result: Json, runtimeMs: number): void
  failed(message: TaskMessage, error: TaskFailure): void
  retried(message: TaskMessage, error: TaskFailure): void
  revoked(message: TaskMessage, how: Revocation): void
  rejected(message: TaskMessage, requeue: boolean): void
}
