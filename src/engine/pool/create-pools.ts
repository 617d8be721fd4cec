import type { Catalogue } from '../catalogue.ts'
import type { Logger } from '../logger.ts'
import type { Tracer } from '../tracer.ts'
import type { OnLog, OnState, Pool, PoolKind } from './pool.ts'
import { SoloPool } from './solo-pool.ts'
import { ThreadPool } from './thread-pool.ts'

/** Which pools there are, and how they treat their threads. */
export interface PoolsOptions {
  /** The pool of tasks that name none. */
  readonly kind: PoolKind
  /** How many tasks run at once in it. */
  readonly concurrency: number
  /** The same for the other pool, where a task names it. */
  readonly others: { readonly threads: number; readonly async: number }
  /** After so many tasks a thread is replaced; null: never. */
  readonly maxTasksPerChild: number | null
  /** KiB that a thread's heap may hold; null: Node's own bound. */
  readonly maxMemoryPerChild: number | null
  /** Largest result in bytes of JSON. */
  readonly maxResultBytes: number
}

/** Told of running tasks. */
export interface ToldOfTasks {
  readonly onState: OnState
  readonly onLog: OnLog
  /** Told what runs; null: nobody is. */
  readonly tracer: Tracer | null
}

/** Makes the pool that was asked for, and the other one where a task of the catalogue names it. The solo pool runs all. */
export function createPools(
  options: PoolsOptions,
  catalogue: Catalogue,
  settings: Readonly<Record<string, unknown>>,
  { onState, onLog, tracer }: ToldOfTasks,
  logger: Logger,
): Pool[] {
  const { kind, concurrency, others, maxTasksPerChild, maxMemoryPerChild, maxResultBytes } = options
  if (kind === 'solo') {
    return [new SoloPool({ tasks: catalogue.tasks, settings, maxResultBytes, onState, onLog, tracer })]
  }
  const named = new Set([...catalogue.tasks.values()].map((task) => task.options.pool))
  const kinds = (['threads', 'async'] as const).filter((other) => other === kind || named.has(other))
  const shared = {
    files: catalogue.files,
    settings,
    maxTasksPerChild,
    maxMemoryPerChild,
    maxResultBytes,
    tracing: tracer?.api ?? null,
    onState,
    onLog,
    logger,
  }
  return kinds
    .toSorted((a, b) => Number(b === kind) - Number(a === kind))
    .map((each) => new ThreadPool({ ...shared, kind: each, concurrency: each === kind ? concurrency : others[each] }))
}
