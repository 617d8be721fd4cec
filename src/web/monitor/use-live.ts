import { onScopeDispose, readonly, ref, shallowRef } from 'vue'
import type { LiveEvents, LivePoint, LiveSnapshot } from '../../monitor/wire-types.ts'
import { readEvents, type ServerEvent } from './event-stream.ts'
import { MonitorError, type MonitorApi } from './monitor-api.ts'

/**
 * `connecting`: for the first time, or after the page was hidden; `live`: figures come; `late`: the connection is there, but no new ones
 * come; `trouble`: the process is there, but its Redis is away; `full`: as many look on as may; `lost`: it is tried again.
 */
export type LiveState = 'connecting' | 'live' | 'late' | 'trouble' | 'full' | 'lost'

/** What the shortest chart shows. */
const KEPT_MS = 15 * 60_000

/** Whether somebody looks on. */
export interface Visibility {
  readonly visible: () => boolean
  /** @returns ends the listening */
  readonly changed: (listener: () => void) => () => void
}

export interface LiveOptions {
  api: Pick<MonitorApi, 'openLive'>
  visibility: Visibility
  /** How long figures may stay away until they count as late; they come each second. */
  lateMs?: number
  /** How long nothing at all may come until the connection counts as lost. Where there are no figures, comments come every 10 s. */
  silenceMs?: number
  firstWaitMs?: number
  longestWaitMs?: number
}

/**
 * Follows the live figures for as long as the page is looked at.
 *
 * 1. The stream is opened; each snapshot takes the place of the one before.
 * 2. When it ends, or nothing has come for a while, the last figures stay and the state says that they are old. It is opened again
 *    after a wait that doubles, with the last event's id, so that the points of the time between come too.
 * 3. While the page is hidden there is no connection: browsers allow six of them to one host.
 */
export function useLive(options: LiveOptions) {
  const { api, visibility, lateMs = 4_000, silenceMs = 15_000, firstWaitMs = 500, longestWaitMs = 8_000 } = options
  const state = ref<LiveState>('connecting')
  const snapshot = shallowRef<LiveSnapshot>()
  const points = shallowRef<readonly LivePoint[]>([])
  let lastId = ''
  let waitMs = firstWaitMs
  let attempt: AbortController | undefined
  let next: ReturnType<typeof setTimeout> | undefined
  let late: ReturnType<typeof setTimeout> | undefined

  function start(): void {
    stop()
    if (visibility.visible()) void follow(new AbortController())
  }

  function stop(): void {
    attempt?.abort()
    attempt = undefined
    clearTimeout(next)
    clearTimeout(late)
  }

  async function follow(own: AbortController): Promise<void> {
    attempt = own
    const heard = (): void => {
      clearTimeout(next)
      next = setTimeout(() => comeAgain('lost'), silenceMs)
    }
    try {
      heard()
      const stream = await api.openLive(own.signal, lastId)
      for await (const event of readEvents(stream, heard)) {
        if (attempt !== own) return
        take(event)
      }
    } catch (error) {
      if (attempt !== own) return
      const name = error instanceof MonitorError ? error.error : undefined
      // Whoever made the api is told of it, too.
      if (name === 'NO_SESSION') return stop()
      return comeAgain(name === 'TOO_MANY_VIEWERS' ? 'full' : 'lost')
    }
    if (attempt === own) comeAgain('lost')
  }

  function take({ name, data, id }: ServerEvent): void {
    const value: unknown = JSON.parse(data)
    if (id !== '') lastId = id
    if (name === 'recent') keep(value as LiveEvents['recent'])
    if (name === 'snapshot') {
      snapshot.value = value as LiveEvents['snapshot']
      keep([snapshot.value.totals])
      waitMs = firstWaitMs
      state.value = 'live'
      clearTimeout(late)
      late = setTimeout(() => (state.value = 'late'), lateMs)
    }
    if (name === 'trouble') {
      clearTimeout(late)
      state.value = 'trouble'
    }
    // `bye` is followed by the stream's end, and the next attempt's answer says whether there is a session.
  }

  function keep(more: readonly LivePoint[]): void {
    const last = points.value.at(-1)?.time ?? 0
    const fresh = more.filter(({ time }) => time > last)
    const newest = fresh.at(-1)?.time ?? last
    points.value = [...points.value, ...fresh].filter(({ time }) => time > newest - KEPT_MS)
  }

  function comeAgain(why: LiveState): void {
    stop()
    state.value = why
    next = setTimeout(start, waitMs)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }

  const forget = visibility.changed(() => {
    if (visibility.visible()) state.value = 'connecting'
    start()
  })
  onScopeDispose(() => {
    forget()
    stop()
  })
  start()

  return { state: readonly(state), snapshot, points }
}
