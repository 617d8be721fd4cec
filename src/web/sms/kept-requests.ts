import type { SmsPurpose } from '../api.ts'
import { browserStorage, type BrowserStorage } from '../browser-storage.ts'

/** A code that was asked for, as it is kept across a reload of the page. */
export interface KeptRequest {
  mobile: string
  /** When it was asked for, and when another may be; milliseconds of this computer's clock. */
  askedAt: number
  freeAt: number
  /** What the status of the message is asked for by. */
  taskId?: string | undefined
}

/** Of so many numbers at most. */
const MOST = 5

/**
 * The requests for codes of one purpose, kept for this tab until each may be repeated. Where the browser keeps nothing (some forbid
 * it by settings), a reload forgets them, and the server says again how long to wait.
 */
export class KeptRequests {
  readonly #key: string
  readonly #open: () => BrowserStorage

  constructor(purpose: SmsPurpose, open: () => BrowserStorage = () => browserStorage('sessionStorage')) {
    this.#key = `lovage-sms-${purpose}`
    this.#open = open
  }

  /** Those whose wait still runs, the last one at the end. */
  read(now: number): KeptRequest[] {
    const kept = this.#attempt((store) => store.getItem(this.#key)) ?? null
    // A clock that was set back in the meantime would make a short wait long.
    return kept === null ? [] : parse(kept).filter(({ askedAt, freeAt }) => askedAt <= now && now < freeAt)
  }

  add(request: KeptRequest): void {
    const others = this.read(request.askedAt).filter(({ mobile }) => mobile !== request.mobile)
    const kept = [...others, request].slice(-MOST)
    this.#attempt((store) => store.setItem(this.#key, JSON.stringify(kept)))
  }

  clear(): void {
    this.#attempt((store) => store.removeItem(this.#key))
  }

  #attempt<T>(act: (store: BrowserStorage) => T): T | undefined {
    try {
      return act(this.#open())
    } catch {
      return undefined
    }
  }
}

function parse(text: string): KeptRequest[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isRequest) : []
  } catch {
    return []
  }
}

function isRequest(value: unknown): value is KeptRequest {
  if (typeof value !== 'object' || value === null) return false
  const { mobile, askedAt, freeAt, taskId } = value as Record<string, unknown>
  return (
    typeof mobile === 'string' &&
    typeof askedAt === 'number' &&
    typeof freeAt === 'number' &&
    (taskId === undefined || typeof taskId === 'string')
  )
}
