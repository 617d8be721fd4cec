import { asideKinds, recordStates } from '../../engine/index.ts'
import { fewAtOnce } from '../few-at-once.ts'
import { oneOf, optionalTextIn, queryValues, refuse, textIn, wholeIn } from '../given-values.ts'
import { MonitorError } from '../monitor-error.ts'
import type { MonitorPart } from '../monitor-routes.ts'
import type { TaskNames } from '../task-wire-types.ts'
import { deadPage } from './dead-page.ts'
import { queueStates } from './queue-states.ts'
import { taskDetail } from './task-detail.ts'
import { keptRecords, taskPage } from './task-page.ts'
import type { TaskSources } from './task-sources.ts'

/** Rows of a page, where nobody says how many, and at most. */
const rows = { usual: 50, most: 200 }

/** Answers that go through many messages and are made at once. */
const mostAtOnce = 8

/** Where a page begins that is not the first one: the score of a record. */
const cursor = /^\d{1,17}$/

/** `GET /tasks`, `/task`, `/task-names`, `/queues`, `/dead`: single tasks, and what may be done with them. */
export function taskPart(sources: TaskSources): MonitorPart {
  const bounded = fewAtOnce(mostAtOnce, 'tasks and dead letters')
  return (routes) => {
    routes.show('/tasks', ({ query }) => {
      const given = queryValues(query, ['state', 'name', 'before', 'limit'])
      const before = optionalTextIn(given, 'before')
      if (before !== undefined && !cursor.test(before)) refuse('before', '`next` of the page before', 'another text')
      const limit = wholeIn(given, 'limit', 1, rows.most) ?? rows.usual
      return taskPage(sources, {
        state: oneOf(given, 'state', recordStates),
        name: optionalTextIn(given, 'name'),
        before,
        limit,
      })
    })

    routes.show('/task', async ({ query }) => {
      const id = textIn(queryValues(query, ['id']), 'id')
      const detail = await bounded(() => taskDetail(id, sources))
      if (detail !== null) return detail
      throw new MonitorError('NOT_FOUND', 'nothing is known of a task with that id')
    })

    routes.show('/task-names', async ({ query }): Promise<TaskNames> => {
      queryValues(query, [])
      return { names: await keptRecords(sources).names() }
    })

    routes.show('/queues', ({ query }) => {
      queryValues(query, [])
      return queueStates(sources)
    })

    routes.show('/dead', ({ query }) => {
      const given = queryValues(query, ['kind', 'queue', 'task', 'offset', 'limit'])
      const kind = oneOf(given, 'kind', asideKinds)
      const queue = optionalTextIn(given, 'queue')
      const task = optionalTextIn(given, 'task')
      const asked = {
        ...(kind !== undefined && { kind }),
        ...(queue !== undefined && { queue }),
        ...(task !== undefined && { task }),
        offset: wholeIn(given, 'offset', 0, 1_000_000) ?? 0,
        limit: wholeIn(given, 'limit', 1, rows.most) ?? rows.usual,
      }
      return bounded(() => deadPage(sources, asked))
    })
  }
}
