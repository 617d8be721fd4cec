import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { LuaScript } from '../lua-script.ts'
import type { Logger } from '../logger.ts'

/** How often the last use of a session is noted, in milliseconds: once in this time, whatever the number of its requests. */
export const SEEN_EVERY_MS = 60_000

const SESSION = 'session_'
const INDEX = 'sessions_'

/** A session as it begins. */
export interface NewSession {
  userId: number
  /** Whether it outlives the browser. */
  remembered: boolean
  /** Where the login came from. */
  address: string
  /** In a few words. */
  browser: string
}

/** A session of an account. */
export interface SessionRecord extends NewSession {
  /** Names the session without giving it away. */
  publicId: string
  /** Unix time in milliseconds. */
  beganAt: number
  /** Unix time in milliseconds, to about a minute. */
  seenAt: number
}

/** In how many milliseconds a session ends: however it is used, and unused. */
export interface Life {
  wholeMs: number
  idleMs: number
}

/**
 * The sessions in Redis: each a hash `session_<public id>` (user, began, seen, ends, idle, remembered, address, browser; times in ms of
 * Redis's clock), and of each account the index `sessions_<account's id>`.
 *
 * The public id is the SHA-256 of the id in the cookie, so who reads Redis, or a list of sessions, can't take one over. A session is
 * valid while it is in both places. It is written when it begins and never again but for its last use, where it is still there: so
 * what was ended stays ended, whatever requests are in flight.
 */
export class SessionRecords {
  readonly #redis: Redis
  readonly #most: number
  readonly #logger: Logger
  readonly #add = new LuaScript(new URL('add-session.lua', import.meta.url))
  readonly #read = new LuaScript(new URL('read-session.lua', import.meta.url))
  readonly #end = new LuaScript(new URL('end-session.lua', import.meta.url))
  readonly #endOthers = new LuaScript(new URL('end-others.lua', import.meta.url))
  readonly #list = new LuaScript(new URL('list-sessions.lua', import.meta.url))

  /** @param options.perAccount most sessions of an account; the oldest one ends when there is one more */
  constructor(redis: Redis, options: { perAccount: number; logger: Logger }) {
    this.#redis = redis
    this.#most = options.perAccount
    this.#logger = options.logger
  }

  /** Begins a session. @param id the one in the cookie, never used before */
  async add(id: string, { userId, remembered, address, browser }: NewSession, life: Life): Promise<void> {
    const publicId = publicIdOf(id)
    const args = [
      publicId,
      SESSION,
      life.wholeMs,
      life.idleMs,
      this.#most,
      userId,
      remembered ? 1 : 0,
      address,
      browser,
    ]
    await this.#add.run(this.#redis, [SESSION + publicId, INDEX + userId], args)
  }

  /** Reads a session and notes its use. @returns it, and in how many milliseconds it ends; nothing where it has ended */
  async read(id: string): Promise<{ session: SessionRecord; leftMs: number } | undefined> {
    const publicId = publicIdOf(id)
    const answer = await this.#read.run(this.#redis, [SESSION + publicId], [publicId, INDEX, SEEN_EVERY_MS])
    if (answer === null) return undefined
    const [user, left, ...fields] = textsOf(answer)
    if (user === undefined || !Number.isSafeInteger(Number(user))) {
      this.#logger.warn({}, 'a session in Redis cannot be read and is ignored')
      return undefined
    }
    return { session: recordOf(publicId, Number(user), fields), leftMs: Number(left) }
  }

  /** The sessions of an account, those that began first in front. */
  async list(userId: number): Promise<SessionRecord[]> {
    const answer = await this.#list.run(this.#redis, [INDEX + userId], [SESSION])
    if (!Array.isArray(answer)) throw new TypeError(`list-sessions.lua: expected a list, got ${typeof answer}`)
    return answer.map((row) => {
      const [publicId = '', ...fields] = textsOf(row)
      return recordOf(publicId, userId, fields)
    })
  }

  /** Ends one session. @returns whether the account had it */
  async end(userId: number, publicId: string): Promise<boolean> {
    return (await this.#end.run(this.#redis, [SESSION + publicId, INDEX + userId], [publicId])) === 1
  }

  /** Ends all sessions of an account. */
  async endAll(userId: number): Promise<void> {
    await this.#endOthers.run(this.#redis, [INDEX + userId], [SESSION, '', ''])
  }

  /**
   * Ends all sessions of an account but one, which has a new id from then on.
   *
   * @param newId the one for its cookie
   * @returns whether it was still there; if not, all have ended
   */
  async endOthers(userId: number, publicId: string, newId: string): Promise<boolean> {
    const args = [SESSION, publicId, publicIdOf(newId)]
    return (await this.#endOthers.run(this.#redis, [INDEX + userId], args)) === 1
  }
}

/** What names a session, for everybody, by the id in its cookie. */
export function publicIdOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

/** @param fields in the order in which the scripts give them */
function recordOf(publicId: string, userId: number, fields: readonly string[]): SessionRecord {
  const [began, seen, remembered, address = '', browser = ''] = fields
  return {
    publicId,
    userId,
    beganAt: Number(began),
    seenAt: Number(seen),
    remembered: remembered === '1',
    address,
    browser,
  }
}

function textsOf(answer: unknown): string[] {
  if (!Array.isArray(answer)) throw new TypeError(`a script of the sessions: expected a list, got ${typeof answer}`)
  return answer.map(String)
}
