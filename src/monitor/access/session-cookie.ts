import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Unix milliseconds in base 36, 16 random bytes and a signature of 32, both in base64url. */
const form = /^v1\.([0-9a-z]{1,10})\.([\w-]{22})\.([\w-]{43})$/

/** How many sessions that were ended are remembered; the oldest is forgotten first. */
const mostEnded = 10_000

/** A session of the dashboard. */
export interface MonitorSession {
  readonly id: string
  /** Unix milliseconds. */
  readonly endsAt: number
}

/**
 * Makes and reads what the dashboard's cookie holds. It is signed with a key that is derived from the token: so it survives a restart, is
 * good in every process with that token, and ends when the token is another one. It ends by itself after a bounded time.
 */
export class SessionCookies {
  readonly #key: Buffer
  readonly #lifeMs: number
  /** Sessions that were ended here, with when they would have ended. */
  readonly #ended = new Map<string, number>()

  /** @param lifeMs how long a session lives, in milliseconds */
  constructor(token: string, lifeMs: number) {
    this.#key = createHmac('sha256', token).update('lovage monitor session v1').digest()
    this.#lifeMs = lifeMs
  }

  /** A new session, and the value of its cookie. */
  make(): { session: MonitorSession; value: string } {
    const session = { id: randomBytes(16).toString('base64url'), endsAt: Date.now() + this.#lifeMs }
    const text = textOf(session)
    return { session, value: `${text}.${this.#sign(text).toString('base64url')}` }
  }

  /** The session of a cookie; null: it is none of ours, has ended, or was ended. */
  read(value: string): MonitorSession | null {
    const [, end = '', id = '', signature = ''] = form.exec(value) ?? []
    const session = { id, endsAt: Number.parseInt(end, 36) }
    if (!timingSafeEqual(this.#sign(textOf(session)), bytesOf(signature))) return null
    return session.endsAt <= Date.now() || this.#ended.has(id) ? null : session
  }

  /** From now on its cookie is good no more, in this process. */
  end({ id, endsAt }: MonitorSession): void {
    const now = Date.now()
    for (const [known, over] of this.#ended) if (over <= now) this.#ended.delete(known)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size >= mostEnded && oldest !== undefined) this.#ended.delete(oldest)
    this.#ended.set(id, endsAt)
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

function textOf({ id, endsAt }: MonitorSession): string {
  return `v1.${endsAt.toString(36)}.${id}`
}

/** 32 bytes, whatever is given: so that they can be compared. */
function bytesOf(signature: string): Buffer {
  const bytes = Buffer.from(signature, 'base64url')
  return bytes.length === 32 ? bytes : Buffer.alloc(32)
}
