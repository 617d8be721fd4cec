import type { RecordChange } from '../../src/engine/broker/record-store.ts'
import { writeFacts, writeRun, type RecordState } from '../../src/engine/task-record.ts'

/** What is the same in all runs. */
export const recordFacts = {
  args: '(2, 3)',
  kwargs: '{}',
  masked: false,
  sentAt: 1,
  expiresAt: null,
  rootId: null,
  parentId: null,
}

/** What a test says of a task; of the rest it minds nothing. */
export interface RecordedTask {
  readonly name?: string
  readonly state?: RecordState
  readonly receivedAt?: number
  readonly key?: string
  readonly parentId?: string
  readonly stack?: string
  readonly lines?: readonly string[]
}

/** What a worker writes when it knows of a task's run. */
export function recordChange(id: string, given: RecordedTask = {}): RecordChange {
  const { name = 'proj.add', state = 'SUCCESS', receivedAt = 1_000, key = 'tag-1', parentId = null, lines = [] } = given
  const run = {
    state,
    receivedAt,
    queue: 'celery',
    node: 'n1',
    retries: 0,
    startedAt: receivedAt,
    endedAt: null,
    runtimeMs: null,
    thread: null,
    error: given.stack === undefined ? null : { type: 'Oops', message: 'it broke', stack: given.stack },
    result: null,
    retryAt: null,
    progress: null,
  }
  const json = writeRun(run)
  return {
    id,
    name,
    run: { key, receivedAt, state, json, facts: writeFacts({ ...recordFacts, parentId }), parentId },
    lines: lines.map((text, index) => ({ time: index, text })),
  }
}
