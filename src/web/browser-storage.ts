/** The part of the browser's `Storage` that is used here. */
export interface BrowserStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * What the browser keeps for the site (`localStorage`), or for the tab until it is closed (`sessionStorage`).
 *
 * @throws where it keeps nothing, which some browsers are set to do
 */
export function browserStorage(name: 'localStorage' | 'sessionStorage'): BrowserStorage {
  const found = (globalThis as unknown as Partial<Record<typeof name, BrowserStorage>>)[name]
  if (found === undefined) throw new Error(`expected ${name}, found none`)
  return found
}
