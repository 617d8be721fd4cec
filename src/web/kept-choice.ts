/** The part of `Storage` that is used here; the browser's `localStorage` fits. */
export type ChoiceStore = Pick<Storage, 'getItem' | 'setItem'>

/**
 * Reads what the visitor chose on an earlier visit.
 *
 * @param key its name in the browser's storage
 * @returns undefined where nothing that can be chosen is kept, or the browser keeps nothing (some forbid it by settings)
 */
export function readChoice<T extends string>(
  key: string,
  choices: readonly T[],
  store: () => ChoiceStore = () => localStorage,
): T | undefined {
  try {
    const kept = store().getItem(key)
    return choices.find((choice) => choice === kept)
  } catch {
    return undefined
  }
}

/** Keeps a choice for later visits, where the browser lets us. */
export function keepChoice(key: string, choice: string, store: () => ChoiceStore = () => localStorage): void {
  try {
    store().setItem(key, choice)
  } catch {
    // The choice then holds for this page alone.
  }
}
