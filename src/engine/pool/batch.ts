import type { BodyEncoding } from '../message.ts'
import type { RunTrace } from '../tracer.ts'
import type { Job } from './pool.ts'

/** Most jobs that travel together: more gain nothing. */
export const maxBatch = 64

/** Longest body of a job that travels with others, in characters: they wait until the whole batch has been read. */
export const maxBatchedBody = 16 * 1024

/** What a thread must know of a job. */
export type BatchedJob = Pick<
  Job,
  'key' | 'id' | 'name' | 'retries' | 'body' | 'bodyEncoding' | 'softTimeLimit' | 'trace'
>

/**
 * Short jobs on their way into a thread, as one message. Their fields stand one after another in one list: to clone that
 * costs a third of what a list of objects does.
 */
export interface Batch {
  /** The first one's cell; each of the others has the next one, and after the last cell comes the first. */
  readonly first: number
  readonly fields: readonly (string | number | null)[]
  /** One for each, where runs are traced: of all jobs of a process or of none. */
  readonly traces?: readonly (RunTrace | undefined)[]
}

const fieldsPerJob = 7

export function packBatch(first: number, jobs: readonly BatchedJob[]): Batch {
  const fields: (string | number | null)[] = []
  for (const { key, id, name, retries, body, bodyEncoding, softTimeLimit } of jobs) {
    fields.push(key, id, name, retries, body, bodyEncoding, softTimeLimit)
  }
  return jobs[0]?.trace === undefined ? { first, fields } : { first, fields, traces: jobs.map(({ trace }) => trace) }
}

export function batchSize({ fields }: Batch): number {
  return fields.length / fieldsPerJob
}

export function jobOfBatch({ fields, traces }: Batch, index: number): BatchedJob {
  const at = index * fieldsPerJob
  const trace = traces?.[index]
  const job: BatchedJob = {
    key: fields[at] as number,
    id: fields[at + 1] as string,
    name: fields[at + 2] as string,
    retries: fields[at + 3] as number,
    body: fields[at + 4] as string,
    bodyEncoding: fields[at + 5] as BodyEncoding,
    softTimeLimit: fields[at + 6] as number | null,
  }
  return trace === undefined ? job : { ...job, trace }
}
