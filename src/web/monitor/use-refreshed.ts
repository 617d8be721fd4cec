import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { pageVisibility } from './page-visibility.ts'

interface Refreshed<Value> {
  /** The newest; what came before stays until the next is there. */
  readonly value: Ref<Value | undefined>
  /** Why the last question was not answered; undefined where it was. */
  readonly failure: Ref<unknown>
  /** Asks now. Resolves when it is answered, or not. */
  readonly refresh: () => Promise<void>
}

/**
 * Asks for something, and again and again, one question at a time.
 *
 * 1. It is asked at once, and again when what it depends on has changed; an answer to an older question is dropped then.
 * 2. The next question comes so many milliseconds after the answer, while the page is looked at; one that was hidden asks when it is
 *    looked at again.
 *
 * @param everyMs asked after each answer, with the newest, and why the last question was not answered
 * @param dependsOn what the question is made of
 */
export function useRefreshed<Value>(
  ask: () => Promise<Value>,
  everyMs: (newest: Value | undefined, failure: unknown) => number,
  { dependsOn }: { dependsOn?: () => unknown } = {},
): Refreshed<Value> {
  const value = shallowRef<Value>()
  const failure = shallowRef<unknown>()
  let question = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    const own = ++question
    try {
      const answer = await ask()
      if (own !== question) return
      value.value = answer
      failure.value = undefined
    } catch (error) {
      if (own !== question) return
      failure.value = error
    }
    timer = setTimeout(() => void refreshIfSeen(), everyMs(value.value, failure.value))
  }

  async function refreshIfSeen(): Promise<void> {
    if (pageVisibility.visible()) await refresh()
  }

  const forget = pageVisibility.changed(() => void refreshIfSeen())
  onScopeDispose(() => {
    question++
    clearTimeout(timer)
    forget()
  })
  if (dependsOn !== undefined) watch(dependsOn, () => void refresh())
  void refresh()
  return { value, failure, refresh }
}
