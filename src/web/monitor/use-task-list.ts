import { computed, ref, shallowRef, watch } from 'vue'
import type { MonitorApi } from './monitor-api.ts'
import { bringUpToDate, countFresh, type ListedTask } from './task-rows.ts'
import { useRefreshed } from './use-refreshed.ts'

interface TaskFilter {
  readonly name: string
  readonly state: string
}

const PAGE_SIZE = 50
const REFRESH_MS = 2000

/**
 * One page of the list of tasks, which changes while somebody reads it but does not move.
 *
 * 1. A page is asked for by the cursor that the one before gave; its rows then stay in their places.
 * 2. It is asked for again and again. Rows that are still there are brought up to date where they stand.
 * 3. What has come since is counted, and put in front when the reader wants to have it.
 */
export function useTaskList(api: Pick<MonitorApi, 'tasks'>, filter: () => TaskFilter) {
  /** `before` of each page from the second to this one. */
  const cursors = ref<readonly string[]>([])
  const rows = shallowRef<readonly ListedTask[]>()
  /** Of the answer that the rows are of; later answers begin elsewhere. */
  const next = ref<string | null>(null)
  const fresh = ref(0)
  /** How many pages are in front of the one that is shown: while the next one is on its way that is still the one before. */
  const pagesBefore = ref(0)
  let shown: string | undefined

  const place = computed(() => [filter().name, filter().state, ...cursors.value].join('\n'))
  const { value, failure, refresh } = useRefreshed(
    async () => {
      const own = place.value
      const before = cursors.value.length
      const { name, state } = filter()
      return { own, before, page: await api.tasks({ name, state, before: cursors.value.at(-1), limit: PAGE_SIZE }) }
    },
    () => REFRESH_MS,
    { dependsOn: () => place.value },
  )

  watch(value, (answer) => {
    if (answer === undefined) return
    if (answer.own === shown && rows.value !== undefined) {
      rows.value = bringUpToDate(rows.value, answer.page, filter().state !== '')
      if (cursors.value.length === 0) fresh.value = countFresh(rows.value, answer.page)
      return
    }
    shown = answer.own
    pagesBefore.value = answer.before
    fresh.value = 0
    next.value = answer.page.next
    rows.value = answer.page.tasks.map((task) => ({ task, gone: false }))
  })
  watch(
    () => [filter().name, filter().state].join('\n'),
    () => (cursors.value = []),
    { flush: 'sync' },
  )

  async function newest(): Promise<void> {
    shown = undefined
    if (cursors.value.length > 0) cursors.value = []
    else await refresh()
  }

  return {
    rows,
    failure,
    /** How many have come since; as many as a page has, or more. */
    fresh,
    /** Counts and bounds of the newest answer. */
    latest: computed(() => value.value?.page),
    first: computed(() => pagesBefore.value * PAGE_SIZE + 1),
    hasNewer: computed(() => cursors.value.length > 0),
    hasOlder: computed(() => next.value !== null),
    newest,
    newer(): void {
      cursors.value = cursors.value.slice(0, -1)
    },
    older(): void {
      // Pressed twice before the page is there: its own next one is not known yet.
      if (next.value !== null && shown === place.value) cursors.value = [...cursors.value, next.value]
    },
  }
}
