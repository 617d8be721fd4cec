import type { AsideFilter, DeadLetter } from '../../engine/index.ts'
import type { DeadPage, DeadRow } from '../task-wire-types.ts'
import type { TaskSources } from './task-sources.ts'

/** Some of the messages that are set aside, the newest first. @throws what the broker's client throws */
export async function deadPage(
  { deadLetters }: Pick<TaskSources, 'deadLetters'>,
  query: AsideFilter & { readonly limit: number; readonly offset: number },
): Promise<DeadPage> {
  const { letters, total } = await deadLetters.list(query)
  return { letters: letters.map(deadRow), total }
}

/** As the page is told of it. */
export function deadRow({ entry, kind, queue, time, reason, taskId, taskName, retries, bytes }: DeadLetter): DeadRow {
  return { entry, kind, queue, time, reason, taskId, taskName, retries, bytes }
}
