import { availableParallelism } from 'node:os'
import type { ThreadPoolOptions } from './thread-pool.ts'

/** How many threads a pool has, and how many jobs each. */
export interface CrewSize {
  /** How many threads there are at most, and for sure. */
  readonly most: number
  readonly least: number
  /** How many jobs a thread runs at once. */
  readonly capacity: number
}

/** @param concurrency how many jobs run at once */
export function crewSize(kind: ThreadPoolOptions['kind'], concurrency: number): CrewSize {
  const processors = availableParallelism()
  const most = kind === 'threads' ? concurrency : Math.min(concurrency, processors)
  return { most, least: Math.min(most, processors), capacity: Math.ceil(concurrency / most) }
}
