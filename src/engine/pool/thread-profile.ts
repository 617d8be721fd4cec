import type * as Inspector from 'node:inspector'
import type { Profiler, Session } from 'node:inspector'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { heaviestStack } from './profile-stack.ts'

/** Where a thread spent its time. */
export interface ThreadProfile {
  /**
   * Where the thread was, innermost frame first, as an Error's stack has it ("    at name (url:line:column)"), each
   * frame with its share of the time behind it ("97%"), at most 20 frames; null when it was idle. See `heaviestStack`.
   */
  readonly stack: string | null
  /** A .cpuprofile (JSON) for Chrome's or VS Code's profiler; null when larger than maxBytes, or not handed over. */
  readonly cpuProfile: string | null
  /** How long was sampled, in milliseconds. */
  readonly durationMs: number
}

/** How long and how much. */
export interface ThreadProfileOptions {
  /** How long to sample, in milliseconds. */
  readonly forMs: number
  /** Ends the sampling as soon as it is settled. */
  readonly until: Promise<unknown>
  /** The largest .cpuprofile that is worth having, in bytes. */
  readonly maxBytes: number
}

let inspector: Promise<typeof Inspector> | null = null

/** How much longer than asked for a capture may take, in milliseconds: the thread starts the profiler, and hands over. */
const graceMs = 300

/** How long is sampled at least when the profiler took long to start (it looks through the whole heap), in milliseconds. */
const leastMs = 30

/** Time between two samples of the CPU profile, in microseconds. */
const samplingIntervalUs = 1000

/**
 * Samples a thread from the main thread, also while it spins and none of its own code gets a turn.
 *
 * Never rejects: null where it can't be done (thread gone or ended meanwhile, all the time in one native call, no
 * inspector). Ends as soon as `until` is settled, after `forMs` at the latest, or 30 ms after the profiler got to start;
 * in any case within `forMs` + 300 ms. The thread is slowed down for it: its optimized code is thrown away.
 *
 * Not to be called between a thread's `terminate()` and its `exit` event: see `attach`.
 */
export async function profileThread(threadId: number, options: ThreadProfileOptions): Promise<ThreadProfile | null> {
  try {
    // Not imported at the top: a Node that was built without inspector throws here, and must still run tasks. Nor each time: a
    // loader that looks at every import takes its time for it, and the thread may be ended meanwhile.
    const { Session } = await (inspector ??= import('node:inspector'))
    const session = new Session()
    try {
      session.connect()
      const thread = ThreadInspector.attach(session, threadId)
      return thread === null ? null : await capture(thread, options).finally(() => thread.end())
    } finally {
      session.disconnect()
    }
  } catch {
    return null
  }
}

/*
 * One capture, in order:
 * 1. The profiler starts, and V8 throws its optimized code away once: a loop that was optimized before has no name in a
 *    profile, and a thread that hangs is in such a loop.
 * 2. It samples until the time is over, `until` is settled or the thread is gone.
 * 3. It stops and hands over what it has. A thread that does not answer in time is let go.
 *
 * No JavaScript is run in the thread for it (an Error made there would have the call sites, too): V8 loses a `terminate`
 * that comes at that moment, and the thread would never end.
 */
async function capture(thread: ThreadInspector, options: ThreadProfileOptions): Promise<ThreadProfile | null> {
  const { forMs, until, maxBytes } = options
  const deadline = setTimeout(() => thread.end(), forMs + graceMs)
  const started = startProfiler(thread)
  const sampled = Promise.all([pause(forMs), started.then(() => pause(leastMs))])
  await Promise.race([sampled, thread.gone, until.catch(() => {})])
  const profile = await stopProfiler(thread)
  clearTimeout(deadline)
  if (profile === null) return null
  const cpuProfile = JSON.stringify(profile)
  return {
    stack: heaviestStack(profile, await started),
    cpuProfile: Buffer.byteLength(cpuProfile) <= maxBytes ? cpuProfile : null,
    // The first time in a profile is how long the profiler took to start.
    durationMs: (profile.timeDeltas ?? []).slice(1).reduce((sum, microseconds) => sum + microseconds, 0) / 1000,
  }
}

/** Resolves with how long dropping the optimized code took, in milliseconds; that time is in the profile, too. */
async function startProfiler(thread: ThreadInspector): Promise<number> {
  void thread.call('Profiler.enable')
  void thread.call('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
  const started = thread.call('Profiler.start').then(() => performance.now())
  // Not for the counts: where calls are to be counted, V8 begins by dropping all optimized code.
  void thread.call('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await thread.call('Profiler.stopPreciseCoverage')
  return performance.now() - (await started)
}

async function stopProfiler(thread: ThreadInspector): Promise<Profiler.Profile | null> {
  const reply = await thread.call('Profiler.stop')
  return reply === null ? null : (reply as Profiler.StopReturnType).profile
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return setTimeoutPromise(ms, undefined, { ref: false })
}

/**
 * The inspector of one thread, reached through the main thread's.
 *
 * 1. attach: every running thread is reported at once; all but the one that was asked for are let go again.
 * 2. call: V8 serves a request by interrupting what the thread runs. One that it can't serve waits.
 * 3. end: what was not answered by now, or when the thread is gone, gives null.
 *
 * Answers come by interrupt, too, in the middle of whatever the main thread runs. So the listeners only settle promises.
 */
class ThreadInspector {
  /** Resolves when the thread has ended, or `end` was called. */
  readonly gone: Promise<void>
  readonly #session: Session
  readonly #sessionId: string
  readonly #pending = new Map<number, (result: object | null) => void>()
  #lastId = 0
  #ended = false

  private constructor(session: Session, sessionId: string) {
    this.#session = session
    this.#sessionId = sessionId
    this.gone = new Promise((resolve) => {
      session.on('NodeWorker.detachedFromWorker', ({ params }) => {
        if (params.sessionId !== sessionId) return
        this.#settleAll()
        resolve()
      })
    })
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === sessionId) this.#receive(params.message)
    })
  }

  /** Null when no such thread runs. */
  static attach(session: Session, threadId: number): ThreadInspector | null {
    const found = new Map<string, string>()
    session.on('NodeWorker.attachedToWorker', ({ params }) => found.set(params.sessionId, params.workerInfo.title))
    // Both are done when they return. `disable` lets go of no one: it ends the reports of threads that start later.
    // Node reads its list of threads here, and calls the listener between two of them. It does not expect one to end just
    // then (its memory is read after it was freed), so the listener is short, and nothing else is done in between.
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    session.post('NodeWorker.disable')
    let thread: ThreadInspector | null = null
    for (const [sessionId, title] of found) {
      // Node's own words, in front of the name that the Worker was given: "[worker 7] name".
      if (title.startsWith(`[worker ${threadId}]`)) thread = new ThreadInspector(session, sessionId)
      else session.post('NodeWorker.detach', { sessionId })
    }
    return thread
  }

  /** Sends a request. Resolves with its result; null when the thread refuses it, or is gone. */
  call(method: string, params: object = {}): Promise<object | null> {
    if (this.#ended) return Promise.resolve(null)
    const id = ++this.#lastId
    const message = JSON.stringify({ id, method, params })
    return new Promise((resolve) => {
      this.#pending.set(id, resolve)
      this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message })
    })
  }

  /** Lets go of the thread; whatever was started in it through here ends. */
  end(): void {
    if (!this.#ended) this.#session.post('NodeWorker.detach', { sessionId: this.#sessionId })
    this.#settleAll()
  }

  #receive(message: string): void {
    try {
      const { id, result } = JSON.parse(message) as { id?: number; result?: object }
      if (id === undefined) return
      this.#pending.get(id)?.(result ?? null)
      this.#pending.delete(id)
    } catch {
      // Not JSON, or the main thread's stack is full right now: the request stays unanswered.
    }
  }

  #settleAll(): void {
    this.#ended = true
    for (const resolve of this.#pending.values()) resolve(null)
    this.#pending.clear()
  }
}
