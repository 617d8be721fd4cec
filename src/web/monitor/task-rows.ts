import type { TaskPage, TaskSummary } from '../../monitor/task-wire-types.ts'

/** A row of the list, which keeps its place. */
export interface ListedTask {
  readonly task: TaskSummary
  /** It is not in the state any more that the list is narrowed to. */
  readonly gone: boolean
}

/**
 * Brings rows up to date where they stand. What the answer does not have stays as it was: newer ones may have pushed it off the page.
 *
 * @param narrowed whether only tasks of one state are asked for. A row that is missing there although one below it is not, or although the
 *   answer has all that there are, has left that state
 */
export function bringUpToDate(
  rows: readonly ListedTask[],
  page: Pick<TaskPage, 'tasks' | 'next'>,
  narrowed: boolean,
): ListedTask[] {
  const known = new Map(page.tasks.map((task) => [task.id, task]))
  const lowest = page.next === null ? rows.length : rows.findLastIndex(({ task }) => known.has(task.id))
  return rows.map((row, index) => {
    const task = known.get(row.task.id)
    if (task !== undefined) return { task, gone: false }
    return { task: row.task, gone: narrowed && index < lowest ? true : row.gone }
  })
}

/** How many of an answer are not among the rows. */
export function countFresh(rows: readonly ListedTask[], page: Pick<TaskPage, 'tasks'>): number {
  const shown = new Set(rows.map(({ task }) => task.id))
  return page.tasks.filter(({ id }) => !shown.has(id)).length
}
