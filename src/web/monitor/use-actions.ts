import { inject, onScopeDispose, provide, readonly, ref, shallowRef, type InjectionKey } from 'vue'

/** Something that changes what runs, and is asked about first. */
export interface Action {
  /** What is asked: "Purge the queue mail?" */
  readonly question: string
  /** What happens then, and whether it can be undone. */
  readonly consequence: string
  /** The button that does it: a verb, never "OK". */
  readonly confirm: string
  /** What is lost can't be got back. */
  readonly destructive?: boolean
  /** A whole number that is asked for with it. */
  readonly number?: { readonly label: string; readonly start: number; readonly most: number }
  /**
   * @param number what was entered, 0 where none is asked for
   * @param report shows how far it is
   * @returns what has been done, in a sentence
   */
  readonly run: (number: number, report: (text: string) => void) => Promise<string>
}

/** How long it is shown what has been done. */
const SHOWN_MS = 10_000

const key: InjectionKey<(action: Action) => void> = Symbol('actions')

/**
 * For the page that has the dialog: an action is pending from `ask` until the dialog is closed.
 *
 * 1. A button asks; the dialog opens with the question.
 * 2. Confirmed, the dialog runs the action. A failure is told within it, and it may be tried again.
 * 3. What has been done is announced, and the dialog is gone.
 */
export function provideActions() {
  const pending = shallowRef<Action>()
  const done = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  function show(text: string): void {
    clearTimeout(timer)
    done.value = text
    if (text !== '') timer = setTimeout(() => (done.value = ''), SHOWN_MS)
  }

  provide(key, (action) => {
    show('')
    pending.value = action
  })
  onScopeDispose(() => clearTimeout(timer))
  return {
    pending,
    done: readonly(done),
    close(text: string): void {
      pending.value = undefined
      show(text)
    },
  }
}

/** For what has buttons. @returns asks about an action */
export function useActions(): (action: Action) => void {
  const ask = inject(key)
  if (ask === undefined) throw new Error('expected to be within a page that provides actions, am in none')
  return ask
}
