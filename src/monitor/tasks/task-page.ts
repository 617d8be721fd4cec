import type { RecordRun } from '../../engine/index.ts'
import { MonitorError } from '../monitor-error.ts'
import type { RecordFigures, TaskPage, TaskStateName, TaskSummary } from '../task-wire-types.ts'
import type { TaskSources } from './task-sources.ts'

/** Longest error in a list, in characters. */
const longestError = 200

/** Which tasks are asked for. */
export interface PageQuery {
  readonly state?: TaskStateName | undefined
  readonly name?: string | undefined
  /** As `next` of the page before says. */
  readonly before?: string | undefined
  readonly limit: number
}

/**
 * Some of the tasks that there are records of, the newest first.
 *
 * @throws MonitorError CONFLICT where none are kept; what the broker's client throws
 */
export async function taskPage(sources: Pick<TaskSources, 'records'>, query: PageQuery): Promise<TaskPage> {
  const records = keptRecords(sources)
  const { state, name, before, limit } = query
  const asked = {
    limit,
    ...(state !== undefined && { state }),
    ...(name !== undefined && { name }),
    ...(before !== undefined && { before }),
  }
  const [page, counts, figures] = await Promise.all([records.page(asked), records.counts(name), records.figures()])
  const { max: most, maxBytes: mostBytes, days } = records.limits
  const { passed: notRecorded, ...rest } = figures
  const kept: RecordFigures = { ...rest, most, mostBytes, days, notRecorded }
  const tasks = page.records.map(({ id, name: task, run }) => summaryOf(id, task, run))
  return { tasks, next: page.next, counts, kept }
}

/** @throws MonitorError CONFLICT where none are kept */
export function keptRecords({ records }: Pick<TaskSources, 'records'>): NonNullable<TaskSources['records']> {
  if (records !== null) return records
  throw new MonitorError('CONFLICT', 'no records of tasks are kept: the setting records.max is null')
}

function summaryOf(id: string, name: string, run: RecordRun): TaskSummary {
  const { state, queue, receivedAt, startedAt, endedAt, runtimeMs, retries, node, error, progress } = run
  return {
    id,
    name,
    queue,
    state,
    receivedAt,
    startedAt,
    endedAt,
    runtimeMs,
    retries,
    node,
    error: error === null ? null : `${error.type}: ${error.message}`.slice(0, longestError),
    progress: progress?.fraction ?? null,
  }
}
