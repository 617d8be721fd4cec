import { browserStorage, type BrowserStorage } from './browser-storage.ts'

type OpenStorage = () => Pick<BrowserStorage, 'getItem' | 'setItem'>

const openLocal: OpenStorage = () => browserStorage('localStorage')

/**
 * Reads what the visitor chose on an earlier visit.
 *
 * @param key its name in the browser's storage
 * @returns undefined where nothing that can be chosen is kept, or the browser keeps nothing
 */
export function readChoice<T extends string>(
  key: string,
  choices: readonly T[],
  open: OpenStorage = openLocal,
): T | undefined {
  try {
    const kept = open().getItem(key)
    return choices.find((choice) => choice === kept)
  } catch {
    return undefined
  }
}

/** Keeps a choice for later visits, where the browser lets us. */
export function keepChoice(key: string, choice: string, open: OpenStorage = openLocal): void {
  try {
    open().setItem(key, choice)
  } catch {
    // The choice then holds for this page alone.
  }
}
