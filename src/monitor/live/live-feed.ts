import { PassThrough } from 'node:stream'
import { MonitorError } from '../monitor-error.ts'
import type { LiveEvents, LivePoint, LiveSnapshot } from '../wire-types.ts'

/** How often viewers are told, in milliseconds. */
const everyMs = 1_000

/** Most who look on at once. */
export const mostViewers = 20

/** After how long a page that has lost its connection comes again, in milliseconds. */
const retryMs = 2_000

/** Without anything to tell, a comment goes so often: proxies close what is silent, in milliseconds. */
const heartbeatMs = 10_000

/** One that has not read for so long is let go, in milliseconds. */
const stuckMs = 30_000

/** How long what was told is remembered, for those who come again, in milliseconds. */
const rememberedMs = 300_000

/** Somebody who looks on. */
interface Viewer {
  readonly stream: PassThrough
  /** Whether the session is open still. */
  readonly mayGoOn: () => boolean
  toldAt: number
  /** Since when it has no room; null: it has. */
  stuckSince: number | null
}

/** What it works with. */
export interface LiveFeedOptions {
  /** Made once for all viewers. */
  readonly snapshot: () => Promise<LiveSnapshot>
  /** Nobody looks on any more. */
  readonly onNone: () => void
  /** What is told of a snapshot that could not be made; throws for what is no outage. */
  readonly troubleOf: (error: unknown) => string
  readonly logger: { error(fields: object, message: string): void }
}

/**
 * Tells everybody who looks on how it goes, each second, as server-sent events. While nobody does it does nothing.
 *
 * 1. A viewer gets what it has missed, then a snapshot each second. It is made once for all of them.
 * 2. One that does not read as fast as it is told gets no more until it has: nothing is kept for it. One that does not read at all is let go.
 * 3. close: each is told that it is over, and its stream ends.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #viewers = new Set<Viewer>()
  #points: LivePoint[] = []
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #closed = false

  constructor(options: LiveFeedOptions) {
    this.#options = options
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /**
   * One more looks on.
   *
   * @param lastId of the last event that it has got; '' for none
   * @returns what it is to be sent; whoever destroys it looks on no more
   * @throws MonitorError TOO_MANY_VIEWERS, UNAVAILABLE
   */
  open(lastId: string, mayGoOn: () => boolean): PassThrough {
    if (this.#closed) throw new MonitorError('UNAVAILABLE', 'the process stops; try again', { retryAfter: 2 })
    if (this.#viewers.size >= mostViewers) {
      const most = `expected at most ${mostViewers} pages that look on at once`
      throw new MonitorError('TOO_MANY_VIEWERS', most, { retryAfter: 10 })
    }
    const viewer: Viewer = { stream: new PassThrough(), mayGoOn, toldAt: performance.now(), stuckSince: null }
    viewer.stream.on('close', () => this.#gone(viewer))
    // Its connection was lost; whoever listened knows.
    viewer.stream.on('error', () => undefined)
    this.#viewers.add(viewer)
    const since = /^\d{1,15}$/.test(lastId) ? Number(lastId) : 0
    viewer.stream.write(
      `retry: ${retryMs}\n\n${eventText(
        'recent',
        this.#points.filter(({ time }) => time > since),
      )}`,
    )
    if (this.#viewers.size === 1) {
      this.#timer = setInterval(() => void this.#turn(), everyMs)
      void this.#turn()
    }
    return viewer.stream
  }

  /** Everybody is told that it is over. Nobody may look on any more. */
  close(): void {
    this.#closed = true
    for (const viewer of this.#viewers) this.#dismiss(viewer, 'stopping')
  }

  #gone(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return
    clearInterval(this.#timer)
    this.#options.onNone()
  }

  async #turn(): Promise<void> {
    for (const viewer of this.#viewers) if (!viewer.mayGoOn()) this.#dismiss(viewer, 'session')
    // Redis may take longer than a second.
    if (this.#busy || this.#viewers.size === 0) return this.#keepAlive()
    this.#busy = true
    try {
      const text = await this.#text()
      for (const viewer of this.#viewers) this.#tell(viewer, text)
    } finally {
      this.#busy = false
    }
  }

  async #text(): Promise<string> {
    try {
      const snapshot = await this.#options.snapshot()
      const { totals } = snapshot
      this.#points = [...this.#points.filter(({ time }) => time > totals.time - rememberedMs), totals]
      return eventText('snapshot', snapshot, totals.time)
    } catch (error) {
      return eventText('trouble', { message: this.#trouble(error) })
    }
  }

  #trouble(error: unknown): string {
    try {
      return this.#options.troubleOf(error)
    } catch (fault) {
      const reason = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
      this.#options.logger.error({ reason }, 'dashboard: the live figures could not be made')
      return 'a fault of ours; the log has more'
    }
  }

  #keepAlive(): void {
    for (const viewer of this.#viewers) {
      if (performance.now() - viewer.toldAt >= heartbeatMs) this.#tell(viewer, ': still there\n\n')
    }
  }

  #tell(viewer: Viewer, text: string): void {
    const now = performance.now()
    if (viewer.stream.writableNeedDrain) {
      viewer.stuckSince ??= now
      if (now - viewer.stuckSince >= stuckMs) viewer.stream.destroy()
      return
    }
    viewer.stuckSince = null
    viewer.toldAt = now
    viewer.stream.write(text)
  }

  #dismiss(viewer: Viewer, reason: LiveEvents['bye']['reason']): void {
    const { stream } = viewer
    stream.end(eventText('bye', { reason }))
    // One that does not read does not come to the end either, and nobody looks after it any more.
    const timer = setTimeout(() => stream.destroy(), stuckMs).unref()
    stream.once('close', () => clearTimeout(timer))
    this.#gone(viewer)
  }
}

/** One event, as the HTML standard has it (9.2.6): JSON has no line breaks. */
function eventText<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name], id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
