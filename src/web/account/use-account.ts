import { computed, ref } from 'vue'
import type { Api, Session, UserInfo } from '../api.ts'
import { placeFailure } from '../forms/field-errors.ts'
import { NOTHING, say, type Message } from '../forms/messages.ts'
import { ApiError } from '../request.ts'

export interface AccountOptions {
  api: Pick<Api, 'info' | 'sessions' | 'endSession' | 'endOtherSessions' | 'logout'>
  /** Called when nobody is logged in, or not any more: after a logout, or because the session was ended elsewhere. */
  loggedOut: (why: 'ended' | 'logout') => void
}

/**
 * Who is logged in, where, and the ends of these logins.
 *
 * 1. `load` reads both. Where nobody is logged in the page is of no use, and `loggedOut` is told.
 * 2. Each change is asked of the server, and what it then has is read anew. Only one is asked for at a time.
 */
export function useAccount({ api, loggedOut }: AccountOptions) {
  const user = ref<UserInfo>()
  const sessions = ref<Session[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  /** What is being asked for: the id of a session that is to end, `others`, or `logout`. */
  const busy = ref<string>()
  const failure = ref<Message>(NOTHING)

  async function load(): Promise<void> {
    failure.value = NOTHING
    try {
      ;[user.value, sessions.value] = await Promise.all([api.info(), api.sessions()])
      state.value = 'ready'
    } catch (error) {
      if (state.value === 'loading') state.value = 'failed'
      show(error)
    }
  }

  function show(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) loggedOut('ended')
    else failure.value = placeFailure(error).message
  }

  /** @returns whether it was done */
  async function act(name: string, ask: () => Promise<void>): Promise<boolean> {
    if (busy.value !== undefined) return false
    busy.value = name
    failure.value = NOTHING
    try {
      await ask()
      return true
    } catch (error) {
      show(error)
      return false
    } finally {
      busy.value = undefined
    }
  }

  async function endSession({ id }: Session): Promise<boolean> {
    const done = await act(id, async () => {
      try {
        await api.endSession(id)
      } catch (error) {
        // It has ended meanwhile: so it was to be.
        if (!(error instanceof ApiError && error.status === 404)) throw error
      }
    })
    if (done) await load()
    return done
  }

  async function endOthers(): Promise<boolean> {
    const done = await act('others', api.endOtherSessions)
    if (done) await load()
    return done
  }

  async function logout(): Promise<void> {
    if (await act('logout', api.logout)) loggedOut('logout')
  }

  return { user, sessions, state, busy, alert: computed(() => say(failure.value)), load, endSession, endOthers, logout }
}
